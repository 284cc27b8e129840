import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { type Typing } from '#libs/client/chat';
import { useConversation } from '#libs/client/react';
import { type ChatMessage } from '#libs/contracts/browser';
import { type Dispatch } from '../shell/dispatch.js';
import { useViewWords } from '../words/view-words.js';
import { dayOf } from './chat-labels.js';
import { chatWords } from './chat-words.js';
import { Composer, type Draft } from './composer.js';
import { ConversationHead } from './conversation-head.js';
import { MessageRow } from './message-row.js';
import { PendingRow } from './pending-row.js';
import { useTypists } from './use-typists.js';

/** So near to the end the newest message is kept in view. */
const NEAR_END_PIXELS = 60;
/** Messages of one person within it stand together. */
const TOGETHER_MS = 5 * 60_000;

interface ConversationPaneProps {
  conversationId: string;
  dispatch: Dispatch;
  typing: Typing;
}

/** One conversation: what was said, what is on its way, and a field to write in. */
export function ConversationPane({ conversationId, dispatch, typing }: ConversationPaneProps) {
  const words = useViewWords(chatWords);
  const chat = useConversation(conversationId);
  const typistsIn = useTypists(typing);
  const [draft, setDraft] = useState<Draft | null>(null);
  const ownId = dispatch.chat.hello?.userId;
  const { conversation, messages = [], pending = [], stale, missed, hasMore } = chat ?? {};
  const { scroller, onScroll, isAtEnd, toEnd } = useScroll(messages, pending.length);
  const firstUnread = useFirstUnread(messages, conversation?.marks[ownId ?? '']?.read, ownId);
  useReading(chat, isAtEnd);
  const older = useOlder(dispatch, conversationId);

  if (missed === 'gone') return <p className="chat-empty muted">{words.gone}</p>;
  if (!conversation) return <p className="chat-empty muted">{words.opening}</p>;
  const typists = typistsIn(conversationId);
  return (
    <>
      <ConversationHead conversation={conversation} ownId={ownId} dispatch={dispatch} />
      {missed === 'some' && <p className="chat-hint">{words.missed}</p>}
      <div
        className="chat-messages"
        ref={scroller}
        onScroll={onScroll}
        tabIndex={0}
        role="log"
        aria-label={words.message}
      >
        {older.hasFailed && (
          <p className="notice" role="alert">
            {words.olderFailed}
          </p>
        )}
        {hasMore ? (
          <button
            type="button"
            className="chat-older"
            onClick={older.bring}
            disabled={older.isBusy}
          >
            {words.older}
          </button>
        ) : (
          <p className="muted chat-first">{messages.length > 0 ? words.first : words.quiet}</p>
        )}
        <ol>
          {messages.map((message, i) => (
            <MessageRow
              key={message.id}
              message={message}
              newDay={isNewDay(messages[i - 1], message) ? dayOf(message.sentAt, words) : null}
              isNew={message.version === firstUnread}
              isTogether={isTogether(messages[i - 1], message)}
              answered={messages.find(({ version }) => version === message.replyTo)}
              conversation={conversation}
              ownId={ownId}
              dispatch={dispatch}
              onDraft={setDraft}
            />
          ))}
          {pending.map((message) => (
            <PendingRow
              key={message.clientMessageId}
              message={message}
              isStale={stale === true}
              conversationId={conversationId}
              dispatch={dispatch}
            />
          ))}
        </ol>
      </div>
      <p className="chat-typing muted" role="status">
        {typists.length === 1 && `${typists[0]} ${words.types}`}
        {typists.length === 2 && `${typists.join(', ')} ${words.type}`}
        {typists.length > 2 && `${words.many} ${words.type}`}
        {!isAtEnd && (
          <button type="button" onClick={toEnd}>
            {words.toNewest}
          </button>
        )}
      </p>
      <Composer
        conversation={conversation}
        draft={draft}
        onDraft={setDraft}
        isStale={stale === true}
        ownId={ownId}
        dispatch={dispatch}
        typing={typing}
      />
    </>
  );
}

/** Keeps the newest in view for whoever reads at the end, and the place of whoever reads further up. */
function useScroll(messages: readonly ChatMessage[], pendingCount: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const fromEnd = useRef(0);
  const [isAtEnd, setAtEnd] = useState(true);
  const oldest = messages[0]?.version;
  const newest = messages.at(-1)?.version;
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const keeps = fromEnd.current > NEAR_END_PIXELS;
    box.scrollTop = keeps
      ? box.scrollHeight - box.clientHeight - fromEnd.current
      : box.scrollHeight;
  }, [oldest, pendingCount]);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box && fromEnd.current <= NEAR_END_PIXELS) box.scrollTop = box.scrollHeight;
  }, [newest]);
  const onScroll = useCallback(() => {
    const box = scroller.current!;
    fromEnd.current = box.scrollHeight - box.clientHeight - box.scrollTop;
    setAtEnd(fromEnd.current <= NEAR_END_PIXELS);
  }, []);
  const toEnd = useCallback(() => {
    const box = scroller.current!;
    box.scrollTop = box.scrollHeight;
  }, []);
  return { scroller, onScroll, isAtEnd, toEnd };
}

/** What is in view of somebody who looks has been read. */
function useReading(chat: ReturnType<typeof useConversation>, isAtEnd: boolean): void {
  const unread = chat?.conversation?.unread ?? 0;
  const read = chat?.read;
  useEffect(() => {
    const look = (): void => {
      if (unread > 0 && isAtEnd && !document.hidden) read?.();
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [unread, isAtEnd, read]);
}

/** The message before which "new" stands: the first that was unread when the conversation was opened. */
function useFirstUnread(
  messages: readonly ChatMessage[],
  read: number | undefined,
  ownId: string | undefined,
): number | undefined {
  const found = useRef<{ version: number | undefined }>(undefined);
  if (messages.length > 0 && read !== undefined)
    found.current ??= {
      version: messages.find(({ version, from }) => version > read && from.userId !== ownId)
        ?.version,
    };
  return found.current?.version;
}

function useOlder({ chat }: Dispatch, conversationId: string) {
  const [isBusy, setBusy] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  const bring = (): void => {
    setBusy(true);
    void chat.conversations.older(conversationId).then((hasCome) => {
      setBusy(false);
      setFailed(!hasCome);
    });
  };
  return { bring, isBusy, hasFailed };
}

function isNewDay(before: ChatMessage | undefined, { sentAt }: ChatMessage): boolean {
  return !before || new Date(before.sentAt).toDateString() !== new Date(sentAt).toDateString();
}

function isTogether(
  before: ChatMessage | undefined,
  { from, sentAt, replyTo }: ChatMessage,
): boolean {
  return (
    before?.from.userId === from.userId && sentAt - before.sentAt < TOGETHER_MS && replyTo === null
  );
}
