import { useState, type FormEvent } from 'react';
import { type Result } from '#libs/client';
import { type ChatConversation } from '#libs/contracts/browser';
import { type Dispatch } from '../shell/dispatch.js';
import { useKept } from '../shell/kept.js';
import { Link, navigate } from '../shell/router.js';
import { PersonSearch } from '../users/person-search.js';
import { useFailureText } from '../words/failure-text.js';
import { useViewWords } from '../words/view-words.js';
import { PRESSED } from '../session/open-client.js';
import { conversationAddress } from './chat-labels.js';
import { chatWords } from './chat-words.js';

const freshRoom = () => ({ name: '', isByInvitation: false });

/** Begins a conversation with a person, or enters a room or the lobby. */
export function NewConversation({ dispatch }: { dispatch: Dispatch }) {
  const words = useViewWords(chatWords);
  const failureText = useFailureText();
  const [failure, setFailure] = useState('');
  const [typed, change, putAway] = useKept('new room', freshRoom);
  const { chat } = dispatch;

  const enter = async (asked: Promise<Result<ChatConversation>>): Promise<boolean> => {
    const answer = await asked;
    if (answer.ok) navigate(conversationAddress(answer.data.id));
    else setFailure(failureText(answer.error));
    return answer.ok;
  };
  const room = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { submitter } = event.nativeEvent as SubmitEvent;
    const name = typed.name.trim();
    if (name === '') return;
    const isNew = submitter?.getAttribute('name') === 'create';
    const entered = enter(
      isNew
        ? chat.request('chat:create', { name, isOpen: !typed.isByInvitation }, PRESSED)
        : chat.conversations.join(`room:${name}`, PRESSED),
    );
    void entered.then((isIn) => isIn && putAway());
  };

  return (
    <div className="chat-form">
      <Link to="/chat" className="chat-back">
        ← {words.back}
      </Link>
      <h2>{words.beginTitle}</h2>
      {failure && (
        <p className="notice" role="alert">
          {failure}
        </p>
      )}
      <PersonSearch
        label={words.direct}
        placeholder={words.directHint}
        autoFocus
        onChoose={({ id }) => void enter(chat.conversations.open({ userId: id }, PRESSED))}
      />
      <form onSubmit={room} className="chat-room-form">
        <h3>{words.room}</h3>
        <label>
          {words.roomName}
          <input
            name="name"
            maxLength={64}
            required
            value={typed.name}
            onChange={({ target }) => change({ name: target.value })}
          />
        </label>
        <label className="check">
          <input
            type="checkbox"
            name="invited"
            checked={typed.isByInvitation}
            onChange={({ target }) => change({ isByInvitation: target.checked })}
          />{' '}
          {words.byInvitation}
        </label>
        <div className="row">
          <button type="submit">{words.joinRoom}</button>
          <button type="submit" name="create">
            {words.createRoom}
          </button>
        </div>
      </form>
      <div>
        <button type="button" onClick={() => void enter(chat.conversations.join('lobby', PRESSED))}>
          {words.joinLobby}
        </button>
      </div>
    </div>
  );
}
