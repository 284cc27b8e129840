import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useConversation, useRidewire, useTyping, type Conversation } from '#libs/client/react';
import { useFailureText } from '../words/failure-text.js';
import { usePhoneWords } from './words/use-phone-words.js';
import { clockTime } from '../words/language.js';

interface TripChatProps {
  tripId: string;
  /** Whom one talks to. */
  name: string;
  quickReplies: readonly string[];
}

/** Longer ones are refused by the server; see CHAT_MAX_TEXT. */
const MAX_TEXT = 2_000;

/** The conversation of a trip, behind a button that says how much of it is unread. */
export function TripChat({ tripId, name, quickReplies }: TripChatProps) {
  const words = usePhoneWords().chat;
  const [isOpen, setOpen] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  const chat = useConversation(`trip:${tripId}`);
  const unread = chat?.conversation?.unread ?? 0;
  const open = (): void => {
    setOpen(true);
    dialog.current?.showModal();
  };
  return (
    <>
      <button type="button" onClick={open}>
        {words.open}
        {unread > 0 && (
          <>
            {' '}
            <span className="badge">{unread}</span>
            <span className="visually-hidden"> {words.unread}</span>
          </>
        )}
      </button>
      <dialog
        ref={dialog}
        className="phone-dialog chat"
        aria-label={`${words.with} ${name}`}
        onClose={() => setOpen(false)}
      >
        <header>
          <h2>{name}</h2>
          <button type="button" className="quiet" onClick={() => dialog.current?.close()}>
            {words.close}
          </button>
        </header>
        {chat && isOpen && <Talk tripId={tripId} chat={chat} quickReplies={quickReplies} />}
      </dialog>
    </>
  );
}

interface TalkProps {
  tripId: string;
  chat: Conversation;
  quickReplies: readonly string[];
}

function Talk({ tripId, chat, quickReplies }: TalkProps) {
  const words = usePhoneWords().chat;
  const failureText = useFailureText();
  const ownId = useRidewire().chat().hello?.userId;
  const { typists, type } = useTyping(`trip:${tripId}`);
  const names = Object.values(typists);
  const [text, setText] = useState('');
  const [hasOlderFailed, setOlderFailed] = useState(false);
  const { conversations } = useRidewire().chat();
  const conversationId = `trip:${tripId}`;
  const list = useRef<HTMLUListElement>(null);
  const { messages, pending, conversation } = chat;
  const newest = messages.at(-1)?.version;

  // Whoever has the conversation open reads it.
  useEffect(() => chat.read(), [newest]);
  useEffect(() => {
    if (list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [newest, pending.length]);

  const say = (said: string): void => {
    if (said.trim() === '') return;
    chat.say(said.trim());
    setText('');
  };
  const bringOlder = async (): Promise<void> => setOlderFailed(!(await chat.older()));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    say(text);
  };
  const marks = Object.entries(conversation?.marks ?? {}).filter(([id]) => id !== ownId);
  const stateOf = (version: number): string => {
    if (marks.some(([, { read }]) => version <= read)) return words.read;
    return marks.some(([, { delivered }]) => version <= delivered) ? words.delivered : words.sent;
  };

  return (
    <>
      <ul ref={list} className="messages" aria-live="polite">
        {chat.hasMore && messages.length > 0 && (
          <li>
            {hasOlderFailed && <p role="alert">{words.olderFailed}</p>}
            <button type="button" className="quiet" onClick={() => void bringOlder()}>
              {words.older}
            </button>
          </li>
        )}
        {messages.length === 0 && pending.length === 0 && <li className="muted">{words.none}</li>}
        {messages.map(({ id, from, version, sentAt, deletedAt, text: said }) => {
          const isOwn = from.userId === ownId;
          return (
            <li key={id} className={isOwn ? 'message own' : 'message'}>
              <span className="visually-hidden">{isOwn ? words.you : from.name}: </span>
              <p>{deletedAt === null ? said : <em>{words.deleted}</em>}</p>
              <small>
                {clockTime(sentAt)}
                {isOwn && ` · ${stateOf(version)}`}
              </small>
            </li>
          );
        })}
        {pending.map(({ text: said, failure, ...named }) => (
          <li key={named.clientMessageId} className="message own pending">
            <p>{said}</p>
            <small role="status">
              {failure ? `${words.failed}: ${failureText(failure)}` : words.sending}
            </small>
            {failure && (
              <div className="row">
                <button type="button" onClick={() => chat.say(said, named)}>
                  {words.again}
                </button>
                <button
                  type="button"
                  onClick={() => conversations.discard(conversationId, named.clientMessageId)}
                >
                  {words.discard}
                </button>
              </div>
            )}
          </li>
        ))}
      </ul>
      <p className="typing" role="status">
        {names.length > 0 && `${names.join(', ')} ${words.typing}`}
      </p>
      {conversation?.closedAt ? (
        <p className="muted">{words.closed}</p>
      ) : (
        <>
          <div className="quick" role="group" aria-label={words.quick}>
            {quickReplies.map((reply) => (
              <button key={reply} type="button" onClick={() => say(reply)}>
                {reply}
              </button>
            ))}
          </div>
          <form className="say" onSubmit={submit}>
            <input
              aria-label={words.message}
              placeholder={words.message}
              value={text}
              maxLength={MAX_TEXT}
              autoComplete="off"
              onChange={(event) => {
                setText(event.target.value);
                type();
              }}
            />
            <button type="submit" className="primary">
              {words.send}
            </button>
          </form>
        </>
      )}
    </>
  );
}
