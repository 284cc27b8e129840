import { type PendingMessage } from '#libs/client';
import { type Dispatch } from '../shell/dispatch.js';
import { useFailureText } from '../words/failure-text.js';
import { useViewWords } from '../words/view-words.js';
import { chatWords } from './chat-words.js';

interface PendingRowProps {
  message: PendingMessage;
  isStale: boolean;
  conversationId: string;
  dispatch: Dispatch;
}

/** A message that the server has not taken yet, or has refused: it is sent again under its own name. */
export function PendingRow({ message, isStale, conversationId, dispatch }: PendingRowProps) {
  const words = useViewWords(chatWords);
  const failureText = useFailureText();
  const { conversations } = dispatch.chat;
  const { failure, text, ...named } = message;
  return (
    <li className="message own pending" data-pending={failure ? 'refused' : 'waiting'}>
      <div className="message-head">
        <strong>{words.you}</strong>
      </div>
      <div className="message-body">
        <p className="message-text">{text}</p>
        <p className="message-foot muted" role="status">
          {failure
            ? `${words.notSent}: ${failureText(failure)}`
            : isStale
              ? words.waiting
              : words.sending}
        </p>
      </div>
      {failure && (
        <div className="row message-actions">
          <button type="button" onClick={() => void conversations.say(conversationId, text, named)}>
            {words.again}
          </button>
          <button
            type="button"
            onClick={() => conversations.discard(conversationId, message.clientMessageId)}
          >
            {words.discard}
          </button>
        </div>
      )}
    </li>
  );
}
