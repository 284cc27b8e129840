import { useState } from 'react';
import { type ChatConversation, type ChatMessage } from '#libs/contracts/browser';
import { type Dispatch } from '../shell/dispatch.js';
import { ConfirmedAction } from '../shell/confirmed-action.js';
import { useViewWords } from '../words/view-words.js';
import { clockTime } from '../words/words.js';
import { PRESSED } from '../session/open-client.js';
import { settled } from './chat-acts.js';
import { chatWords, type ChatWords } from './chat-words.js';
import { type Draft } from './composer.js';

interface MessageRowProps {
  message: ChatMessage;
  /** The day that begins with it. */
  newDay: string | null;
  isNew: boolean;
  /** It goes on with what its author has just said. */
  isTogether: boolean;
  /** The message that it answers, if it is at hand. */
  answered: ChatMessage | undefined;
  conversation: ChatConversation;
  ownId: string | undefined;
  dispatch: Dispatch;
  onDraft: (draft: Draft) => void;
}

/** A message, who has read it, and what can be done with it. */
export function MessageRow(props: MessageRowProps) {
  const { message, newDay, isNew, isTogether, answered, conversation, ownId, dispatch } = props;
  const words = useViewWords(chatWords);
  const [isOpen, setOpen] = useState(false);
  const { from, text, attachment, deletedAt, editedAt, sentAt, version } = message;
  const isOwn = from.userId === ownId;
  const isNamed = ownId !== undefined && message.mentions.includes(ownId);
  const draft = (kind: Draft['kind']): void => {
    setOpen(false);
    props.onDraft({ kind, message });
  };

  return (
    <>
      {newDay && (
        <li className="chat-day">
          <span>{newDay}</span>
        </li>
      )}
      {isNew && (
        <li className="chat-new">
          <span>{words.newMessages}</span>
        </li>
      )}
      <li
        className={`message ${isOwn ? 'own' : ''} ${isNamed ? 'named' : ''} ${isTogether && !newDay ? 'together' : ''}`}
        data-version={version}
      >
        <div className="message-head">
          <strong>{isOwn ? words.you : from.name || words.unnamed}</strong>
          <span className="muted">{clockTime(sentAt)}</span>
        </div>
        <div className="message-body">
          {answered && (
            <p className="message-answered">
              <strong>{answered.from.name}</strong> {answered.text || words.deleted}
            </p>
          )}
          {deletedAt === null ? (
            <p className="message-text">{text}</p>
          ) : (
            <p className="message-text muted">{words.deleted}</p>
          )}
          {attachment && (
            <a href={attachment.url} target="_blank" rel="noreferrer">
              {attachment.name ?? words.attachment}
            </a>
          )}
          <p className="message-foot muted">
            {editedAt !== null && deletedAt === null && <span>{words.edited}</span>}
            {isOwn && deletedAt === null && (
              <Receipt conversation={conversation} message={message} />
            )}
          </p>
        </div>
        {deletedAt === null && (
          <button
            type="button"
            className="message-more"
            aria-expanded={isOpen}
            aria-label={`${words.actions}: ${text.slice(0, 40)}`}
            onClick={() => setOpen(!isOpen)}
          >
            ⋯
          </button>
        )}
        {isOpen && (
          <div className="row message-actions">
            {conversation.closedAt === null && (
              <button type="button" onClick={() => draft('reply')}>
                {words.reply}
              </button>
            )}
            <button type="button" onClick={() => draft('edit')}>
              {words.edit}
            </button>
            <ConfirmedAction
              label={words.remove}
              explanation={words.removeMessage}
              isDangerous
              run={async () => {
                const { id: conversationId } = conversation;
                await settled(
                  dispatch.chat.request('chat:delete', { conversationId, version }, PRESSED),
                );
                setOpen(false);
              }}
            />
          </div>
        )}
      </li>
    </>
  );
}

/** How far an own message has got, where the members are few enough to be listed. */
function Receipt({
  conversation,
  message,
}: {
  conversation: ChatConversation;
  message: ChatMessage;
}) {
  const words = useViewWords(chatWords);
  const { state, names } = receiptOf(conversation, message, words);
  return (
    <span className="receipt" data-receipt={state}>
      {words[state]}
      {names && <span className="visually-hidden">: {names}</span>}
      {names && state === 'read' && conversation.members.length > 2 && (
        <span aria-hidden="true"> ({names})</span>
      )}
    </span>
  );
}

function receiptOf(
  { members, marks }: ChatConversation,
  { version, from }: ChatMessage,
  words: ChatWords,
): { state: 'sent' | 'delivered' | 'read'; names: string } {
  const others = members.filter(({ userId }) => userId !== from.userId);
  const reached = (mark: 'delivered' | 'read') =>
    others.filter(({ userId }) => (marks[userId]?.[mark] ?? 0) >= version);
  const readers = reached('read');
  const names = readers.map(({ name }) => name || words.unnamed).join(', ');
  if (readers.length > 0) return { state: 'read', names };
  return { state: reached('delivered').length > 0 ? 'delivered' : 'sent', names: '' };
}
