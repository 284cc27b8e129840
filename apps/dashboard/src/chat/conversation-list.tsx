import { useState, useSyncExternalStore } from 'react';
import { type Typing } from '#libs/client/chat';
import { foldForSearch } from '#libs/contracts/browser';
import { type Dispatch } from '../shell/dispatch.js';
import { Link } from '../shell/router.js';
import { useViewWords } from '../words/view-words.js';
import { useWords } from '../words/words.js';
import { conversationAddress, previewOf, shortTimeOf, titleOf } from './chat-labels.js';
import { chatWords } from './chat-words.js';
import { useTypists } from './use-typists.js';

interface ConversationListProps {
  dispatch: Dispatch;
  chosenId: string | undefined;
  typing: Typing;
}

/** All conversations of the dispatcher, those with the newest messages first. */
export function ConversationList({ dispatch, chosenId, typing }: ConversationListProps) {
  const words = useViewWords(chatWords);
  const { error } = useWords();
  const { inbox, chat } = dispatch;
  const { conversations, status } = useSyncExternalStore(inbox.subscribe, inbox.get);
  const [filter, setFilter] = useState('');
  const ownId = chat.hello?.userId;
  const wanted = foldForSearch(filter.trim());
  const shown = conversations.filter((each) =>
    foldForSearch(titleOf(each, ownId, words)).includes(wanted),
  );
  const typistsIn = useTypists(typing);

  return (
    <nav className="chat-list" aria-label={words.list}>
      <div className="chat-list-head">
        <Link to="/chat/new" className="button primary" isCurrent={chosenId === 'new'}>
          {words.begin}
        </Link>
        <Link to="/chat/broadcast" className="button" isCurrent={chosenId === 'broadcast'}>
          {words.broadcast}
        </Link>
        <input
          type="search"
          aria-label={words.filter}
          placeholder={words.filter}
          data-search
          onChange={(event) => setFilter(event.target.value)}
        />
      </div>
      {status === 'loading' && <p className="muted chat-note">{words.loading}</p>}
      {status === 'failed' && (
        <p className="notice chat-note" role="alert">
          {words.failed}{' '}
          <button type="button" onClick={() => void inbox.read()}>
            {error.retry}
          </button>
        </p>
      )}
      {status === 'ready' && shown.length === 0 && (
        <p className="muted chat-note">{filter ? words.noneFits : words.none}</p>
      )}
      <ul data-list>
        {shown.map((conversation) => {
          const { id, unread, mentions, lastMessage } = conversation;
          const typists = typistsIn(id);
          return (
            <li key={id}>
              <Link
                to={conversationAddress(id)}
                isCurrent={id === chosenId}
                isItem
                className={unread > 0 ? 'unread' : ''}
              >
                <span className="chat-list-title">{titleOf(conversation, ownId, words)}</span>
                <time>{lastMessage && shortTimeOf(lastMessage.sentAt)}</time>
                <span className="chat-list-preview">
                  {typists.length > 0
                    ? `${typists[0]} ${words.types}`
                    : lastMessage && previewOf(lastMessage, ownId, words)}
                </span>
                {unread > 0 && (
                  <span className="badge">
                    {mentions > 0 && (
                      <>
                        <span aria-hidden="true">@ </span>
                        <span className="visually-hidden">
                          {mentions} {words.mentions},{' '}
                        </span>
                      </>
                    )}
                    {unread}
                    <span className="visually-hidden"> {words.unread}</span>
                  </span>
                )}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
