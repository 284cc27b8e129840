import { useState, type FormEvent } from 'react';
import { type Result } from '#libs/client';
import { type ChatConversation } from '#libs/contracts/browser';
import { type Dispatch } from '../shell/dispatch.js';
import { Link, navigate } from '../shell/router.js';
import { PersonSearch } from '../users/person-search.js';
import { useFailureText } from '../words/failure-text.js';
import { useViewWords } from '../words/view-words.js';
import { conversationAddress } from './chat-labels.js';
import { chatWords } from './chat-words.js';

/** Begins a conversation with a person, or enters a room or the lobby. */
export function NewConversation({ dispatch }: { dispatch: Dispatch }) {
  const words = useViewWords(chatWords);
  const failureText = useFailureText();
  const [failure, setFailure] = useState('');
  const { chat } = dispatch;

  const enter = async (asked: Promise<Result<ChatConversation>>): Promise<void> => {
    const answer = await asked;
    if (answer.ok) navigate(conversationAddress(answer.data.id));
    else setFailure(failureText(answer.error));
  };
  const room = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const { submitter } = event.nativeEvent as SubmitEvent;
    const form = new FormData(event.currentTarget);
    const name = String(form.get('name')).trim();
    if (name === '') return;
    const isNew = submitter?.getAttribute('name') === 'create';
    const isOpen = form.get('invited') === null;
    void enter(
      isNew
        ? chat.request('chat:create', { name, isOpen })
        : chat.conversations.join(`room:${name}`),
    );
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
        onChoose={({ id }) => void enter(chat.conversations.open({ userId: id }))}
      />
      <form onSubmit={room} className="chat-room-form">
        <h3>{words.room}</h3>
        <label>
          {words.roomName}
          <input name="name" maxLength={64} required />
        </label>
        <label className="check">
          <input type="checkbox" name="invited" /> {words.byInvitation}
        </label>
        <div className="row">
          <button type="submit">{words.joinRoom}</button>
          <button type="submit" name="create">
            {words.createRoom}
          </button>
        </div>
      </form>
      <div>
        <button type="button" onClick={() => void enter(chat.conversations.join('lobby'))}>
          {words.joinLobby}
        </button>
      </div>
    </div>
  );
}
