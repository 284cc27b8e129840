import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { type Typing } from '#libs/client/chat';
import {
  foldForSearch,
  type ChatConversation,
  type ChatMessage,
  type ChatPerson,
} from '#libs/contracts/browser';
import { type Dispatch } from '../shell/dispatch.js';
import { useFailureText } from '../words/failure-text.js';
import { useViewWords } from '../words/view-words.js';
import { PRESSED } from '../session/open-client.js';
import { serverNow } from '../session/server-clock.js';
import { chatWords } from './chat-words.js';

/** What is written is an answer to a message, or takes its place. */
export interface Draft {
  kind: 'reply' | 'edit';
  message: ChatMessage;
}

interface ComposerProps {
  conversation: ChatConversation;
  draft: Draft | null;
  onDraft: (draft: Draft | null) => void;
  isStale: boolean;
  ownId: string | undefined;
  dispatch: Dispatch;
  typing: Typing;
}

/** The server takes no more. */
const MOST_MENTIONS = 20;
const SUGGESTED = 5;
/** The beginning of a name, right before the end of what was written. */
const NAMING = /(?:^|\s)@([^\s@]{1,30})$/u;

/** Where one writes. What was begun is kept over a reload, for each conversation. */
export function Composer(props: ComposerProps) {
  const { conversation, draft, onDraft, isStale, ownId, dispatch, typing } = props;
  const words = useViewWords(chatWords);
  const failureText = useFailureText();
  const { id, closedAt, members, mutedUntil } = conversation;
  const stored = `ridewire:draft ${id}`;
  const [text, setText] = useState(() => sessionStorage.getItem(stored) ?? '');
  const [failure, setFailure] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  const naming = NAMING.exec(text)?.[1];
  const suggested = naming ? namedSo(members, naming, ownId) : [];

  useEffect(() => {
    if (!draft) return;
    if (draft.kind === 'edit') setText(draft.message.text);
    field.current?.focus();
  }, [draft]);

  const write = (next: string): void => {
    setText(next);
    sessionStorage.setItem(stored, next);
    if (next === '') typing.end(id);
    else typing.note(id);
  };
  const reset = (): void => {
    setText('');
    sessionStorage.removeItem(stored);
    onDraft(null);
  };
  const send = async (): Promise<void> => {
    const said = text.trim();
    if (said === '') return;
    setFailure('');
    if (draft?.kind === 'edit') {
      const { version } = draft.message;
      const answer = await dispatch.chat.request(
        'chat:edit',
        { conversationId: id, version, text: said },
        PRESSED,
      );
      if (answer.ok) reset();
      else setFailure(failureText(answer.error));
      return;
    }
    const mentions = members
      .filter(({ name, userId }) => userId !== ownId && name && said.includes(`@${name}`))
      .map(({ userId }) => userId)
      .slice(0, MOST_MENTIONS);
    reset();
    await dispatch.chat.conversations.say(id, said, {
      ...(mentions.length > 0 ? { mentions } : {}),
      ...(draft ? { replyTo: draft.message.version } : {}),
    });
  };
  const complete = ({ name }: ChatPerson): void => {
    write(`${text.slice(0, text.length - naming!.length)}${name} `);
    field.current?.focus();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Tab' && !event.shiftKey && suggested[0]) complete(suggested[0]);
    else if (event.key === 'Enter' && !event.shiftKey) void send();
    else if (event.key === 'Escape' && draft) reset();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  if (closedAt !== null) return null;
  const isMuted = mutedUntil !== null && mutedUntil > serverNow();
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {draft && (
        <p className="composer-draft">
          <span>
            {draft.kind === 'edit'
              ? words.editing
              : `${words.replyTo} ${draft.message.from.name}: ${draft.message.text}`}
          </span>
          <button type="button" onClick={reset}>
            {words.stop}
          </button>
        </p>
      )}
      {suggested.length > 0 && (
        <div className="row composer-names">
          {suggested.map((person) => (
            <button key={person.userId} type="button" onClick={() => complete(person)}>
              @{person.name}
            </button>
          ))}
        </div>
      )}
      {failure && (
        <p className="notice" role="alert">
          {failure}
        </p>
      )}
      {isStale && <p className="chat-hint">{words.stale}</p>}
      <textarea
        ref={field}
        rows={Math.min(6, text.split('\n').length)}
        aria-label={words.message}
        placeholder={matchMedia('(max-width: 640px)').matches ? words.writeShort : words.write}
        value={text}
        disabled={isMuted}
        onChange={({ target }) => write(target.value)}
        onKeyDown={onKey}
      />
      <button type="submit" className="primary" disabled={text.trim() === ''}>
        {draft?.kind === 'edit' ? words.save : words.send}
      </button>
    </form>
  );
}

function namedSo(
  members: readonly ChatPerson[],
  beginning: string,
  ownId: string | undefined,
): ChatPerson[] {
  const wanted = foldForSearch(beginning);
  return members
    .filter(({ userId, name }) => userId !== ownId && foldForSearch(name).startsWith(wanted))
    .slice(0, SUGGESTED);
}
