import { useState } from 'react';
import { type ChatConversation, type ChatPerson } from '#libs/contracts/browser';
import { PRESSED } from '../session/open-client.js';
import { RestFailure } from '../session/rest.js';
import { toServerTime } from '../session/server-clock.js';
import { ConfirmedAction } from '../shell/confirmed-action.js';
import { type Dispatch } from '../shell/dispatch.js';
import { Link, navigate } from '../shell/router.js';
import { PersonSearch } from '../users/person-search.js';
import { useNames } from '../users/use-names.js';
import { useFailureText } from '../words/failure-text.js';
import { useViewWords } from '../words/view-words.js';
import { useNow } from '../words/ago.js';
import { clockTime, timeOf } from '../words/words.js';
import { settled } from './chat-acts.js';
import { DAY_MS, titleOf } from './chat-labels.js';
import { chatWords } from './chat-words.js';

/** Whoever acts with the API key. */
const COMPANY = 'company';

interface HeadProps {
  conversation: ChatConversation;
  ownId: string | undefined;
  dispatch: Dispatch;
}

/** What a conversation is, who is in it, and what a dispatcher can do about it. */
export function ConversationHead({ conversation, ownId, dispatch }: HeadProps) {
  const words = useViewWords(chatWords);
  const { id, type, memberCount, closedAt } = conversation;
  const { chat, inbox } = dispatch;
  const failureText = useFailureText();
  const [refused, setRefused] = useState('');
  const leave = async (): Promise<void> => {
    const answer = await chat.conversations.leave(id, PRESSED);
    if (!answer.ok) return setRefused(`${words.notLeft} ${failureText(answer.error)}`);
    void inbox.read();
    navigate('/chat');
  };
  const reopen = async (): Promise<void> => {
    const answer = await chat.request(
      'chat:close',
      { conversationId: id, isClosed: false },
      PRESSED,
    );
    setRefused(answer.ok ? '' : `${words.stillClosed} ${failureText(answer.error)}`);
  };
  const tripId = type === 'trip' ? id.slice('trip:'.length) : null;
  const isOpenToAll = type === 'room' || type === 'lobby';

  return (
    <header className="chat-head">
      <div className="chat-head-title">
        <Link to="/chat" className="chat-back">
          ← <span className="visually-hidden">{words.back}</span>
        </Link>
        <h2>{titleOf(conversation, ownId, words)}</h2>
        {memberCount > 2 && (
          <span className="muted">
            {memberCount} {words.people}
          </span>
        )}
        {tripId && <Link to={`/trips/${tripId}`}>{words.openTrip}</Link>}
        {closedAt !== null && (
          <span className="status status-cancelled">
            {words.closedSince} {timeOf(new Date(closedAt).toISOString())}
          </span>
        )}
      </div>
      <div className="row">
        {type !== 'broadcast' && <Members {...{ conversation, ownId, dispatch }} />}
        {isOpenToAll && (
          <button type="button" onClick={() => void leave()}>
            {words.leave}
          </button>
        )}
        {closedAt === null ? (
          <ConfirmedAction
            label={words.close}
            keptAs={`close ${id}`}
            textLabel={words.closeReason}
            isDangerous
            run={async (reason) => {
              await settled(chat.request('chat:close', { conversationId: id, reason }, PRESSED));
            }}
          />
        ) : (
          <button type="button" onClick={() => void reopen()}>
            {words.reopen}
          </button>
        )}
      </div>
      {refused && (
        <p className="notice" role="alert">
          {refused}
        </p>
      )}
    </header>
  );
}

/** The members, where they are few enough to be listed. */
function Members({ conversation, ownId, dispatch }: HeadProps) {
  const words = useViewWords(chatWords);
  const { id, type, members, mutes, mutedBy, mutedEverywhere } = conversation;
  const moderators = [
    ...Object.values(mutedBy ?? {}),
    ...Object.values(mutedEverywhere ?? {}).map(({ by }) => by),
  ];
  const names = useNames(moderators.filter((by) => by !== ownId && by !== COMPANY));
  const called = (by: string | null | undefined): string | undefined => {
    if (!by) return undefined;
    if (by === ownId) return words.byYou;
    return `${words.by} ${by === COMPANY ? words.companySystems : (names.get(by) ?? by)}`;
  };
  const failureText = useFailureText();
  const [said, setSaid] = useState('');
  const act = async <T,>(acted: Promise<T>, done: (data: T) => string): Promise<void> => {
    try {
      setSaid(done(await acted));
    } catch (error) {
      if (!(error instanceof RestFailure)) throw error;
      setSaid(failureText(error));
    }
  };
  const mute = (person: ChatPerson, seconds: number): Promise<void> =>
    act(
      settled(
        dispatch.chat.request(
          'chat:mute',
          { conversationId: id, userId: person.userId, seconds },
          PRESSED,
        ),
      ),
      ({ mutedUntil }) =>
        mutedUntil === null
          ? `${person.name} ${words.mayWrite}`
          : `${person.name} ${words.mutedUntil} ${clockTime(mutedUntil)}`,
    );

  return (
    <details className="chat-members">
      <summary className="button">{words.members}</summary>
      <div className="chat-members-panel">
        {said && <p role="status">{said}</p>}
        <ul>
          {members.map((person) => (
            <li key={person.userId}>
              <span>
                {person.name || words.unnamed} {person.userId === ownId && `(${words.you})`}
                {mutes?.[person.userId] !== undefined && (
                  <MutedUntil at={mutes[person.userId]!} by={called(mutedBy?.[person.userId])} />
                )}
                {mutedEverywhere?.[person.userId] && (
                  <MutedUntil
                    at={mutedEverywhere[person.userId]!.until}
                    by={called(mutedEverywhere[person.userId]!.by)}
                    isEverywhere
                  />
                )}
              </span>
              {person.userId !== ownId && (
                <select
                  aria-label={`${words.mute}: ${person.name}`}
                  value=""
                  onChange={({ target }) => void mute(person, Number(target.value))}
                >
                  <option value="" disabled>
                    {words.muteFor}
                  </option>
                  <option value="600">{words.tenMinutes}</option>
                  <option value="3600">{words.oneHour}</option>
                  <option value="86400">{words.oneDay}</option>
                  <option value="0">{words.unmute}</option>
                </select>
              )}
              {type === 'room' && person.userId !== ownId && (
                <button
                  type="button"
                  onClick={() =>
                    void act(
                      settled(
                        dispatch.chat.request(
                          'chat:remove',
                          { conversationId: id, userId: person.userId },
                          PRESSED,
                        ),
                      ),
                      () => words.done,
                    )
                  }
                >
                  {words.removeMember}
                </button>
              )}
            </li>
          ))}
        </ul>
        {type === 'room' && (
          <PersonSearch
            label={words.invite}
            onChoose={(person) =>
              void act(
                settled(
                  dispatch.chat.request(
                    'chat:invite',
                    { conversationId: id, userId: person.id },
                    PRESSED,
                  ),
                ),
                () => words.done,
              )
            }
          />
        )}
      </div>
    </details>
  );
}

interface MutedProps {
  /** Until when, epoch ms. */
  at: number;
  /** By whom, in words. */
  by: string | undefined;
  isEverywhere?: boolean;
}

/** Says that a member may not write for now. */
function MutedUntil({ at, by, isEverywhere = false }: MutedProps) {
  const words = useViewWords(chatWords);
  const now = toServerTime(useNow());
  if (at <= now) return null;
  const until = at - now < DAY_MS ? clockTime(at) : timeOf(new Date(at).toISOString());
  return (
    <span
      className="chat-muted"
      {...{ [isEverywhere ? 'data-muted-everywhere' : 'data-muted']: at }}
    >
      {isEverywhere ? words.mutedEverywhere : words.muted} {until} {by}
    </span>
  );
}
