import { useEffect, useState } from 'react';
import { RidewireContext } from '#libs/client/react';
import { type Dispatch } from '../shell/dispatch.js';
import { navigate, useAddress } from '../shell/router.js';
import { useFailureText } from '../words/failure-text.js';
import { useViewWords } from '../words/view-words.js';
import { BroadcastForm } from './broadcast-form.js';
import { conversationAddress } from './chat-labels.js';
import { chatWords } from './chat-words.js';
import { ConversationList } from './conversation-list.js';
import { ConversationPane } from './conversation-pane.js';
import { NewConversation } from './new-conversation.js';
import { useTyping } from './use-typists.js';
import './chat.css';

interface ChatPageProps {
  dispatch: Dispatch;
  /** The conversation, `new` or `broadcast`. */
  id: string | undefined;
}

/** Conversations at the left, the chosen one beside them; on a phone one of the two. */
export function ChatPage({ dispatch, id }: ChatPageProps) {
  const words = useViewWords(chatWords);
  const failureText = useFailureText();
  const { searchParams } = useAddress();
  const [failure, setFailure] = useState('');
  const typing = useTyping(dispatch.chat);

  const userId = searchParams.get('with');
  useEffect(() => {
    if (!userId) return undefined;
    let isWanted = true;
    setFailure('');
    void dispatch.chat.conversations.open({ userId }).then((answer) => {
      if (!isWanted) return;
      if (answer.ok) navigate(conversationAddress(answer.data.id), true);
      else setFailure(failureText(answer.error));
    });
    return () => {
      isWanted = false;
    };
  }, [dispatch, userId, failureText]);

  if (!typing) return null;
  return (
    <RidewireContext value={dispatch.client}>
      <div className="chat" data-shows={id || userId ? 'pane' : 'list'}>
        <h1 className="visually-hidden">{words.title}</h1>
        <ConversationList dispatch={dispatch} chosenId={id} typing={typing} />
        <section className="chat-pane">
          {failure && (
            <p className="notice" role="alert">
              {failure}
            </p>
          )}
          {id === 'new' && <NewConversation dispatch={dispatch} />}
          {id === 'broadcast' && <BroadcastForm />}
          {id && id !== 'new' && id !== 'broadcast' && (
            <ConversationPane key={id} conversationId={id} dispatch={dispatch} typing={typing} />
          )}
          {!id && !failure && <p className="chat-empty muted">{words.choose}</p>}
        </section>
      </div>
    </RidewireContext>
  );
}
