import { useState } from 'react';
import { UserType } from '#libs/contracts/browser';
import { ask, RestFailure } from '../session/rest.js';
import { useAnswer } from '../session/use-answer.js';
import { ConfirmedAction } from '../shell/confirmed-action.js';
import { NotRead } from '../shell/read.js';
import { Link } from '../shell/router.js';
import { SessionList, type SessionFound } from '../account/session-list.js';
import { useFailureText } from '../words/failure-text.js';
import { useViewWords } from '../words/view-words.js';
import { timeOf, useWords } from '../words/words.js';
import { nameOf, type Person } from './person.js';
import { usersWords } from './users-words.js';

interface PersonPanelProps {
  userId: string;
  ownId: string | undefined;
  back: string;
  /** The account has changed: lists are to be read again. */
  onChange: () => void;
}

type Act = 'suspend' | 'ban' | 'reactivate';

/** One account: what is known of it, its sessions, and what an admin can do about it. */
export function PersonPanel({ userId, ownId, back, onChange }: PersonPanelProps) {
  const words = useViewWords(usersWords);
  const { userTypes, driver } = useWords();
  const failureText = useFailureText();
  const account = useAnswer<Person>(`admin/users/${userId}`);
  const sessions = useAnswer<SessionFound[]>(`admin/users/${userId}/sessions`);
  const [said, setSaid] = useState<{ text: string; canUndo: boolean }>();
  const person = account.answer?.data;

  const act = async (what: Act, reason: string): Promise<void> => {
    await ask(
      'POST',
      `admin/users/${userId}/${what}`,
      reason ? { body: { reason } } : { body: {} },
    );
    const text = {
      suspend: words.suspendedNow,
      ban: words.bannedNow,
      reactivate: words.reactivatedNow,
    }[what];
    setSaid({ text, canUndo: what !== 'reactivate' });
    account.again();
    sessions.again();
    onChange();
  };
  const refuse = (failure: unknown): void => {
    if (!(failure instanceof RestFailure)) throw failure;
    setSaid({ text: failureText(failure), canUndo: true });
  };
  const cut = async (sid?: string): Promise<void> => {
    await ask('DELETE', sid ? `admin/sessions/${sid}` : `admin/users/${userId}/sessions`);
    sessions.again();
  };

  return (
    <aside className="users-panel" aria-label={person ? nameOf(person) : userId}>
      <Link to={back} className="users-back">
        ← {words.back}
      </Link>
      {account.failure && (
        <NotRead what={driver.accountFailed} failure={account.failure} again={account.again} />
      )}
      {person && (
        <>
          <header>
            <h2>{nameOf(person)}</h2>
            <span className={`status account-${person.status}`}>{words[person.status]}</span>
          </header>
          {said && (
            <p className="notice good row" role="status">
              {said.text}
              {said.canUndo && (
                <button type="button" onClick={() => void act('reactivate', '').catch(refuse)}>
                  {words.undo}
                </button>
              )}
            </p>
          )}
          <dl className="facts">
            <dt>{words.type}</dt>
            <dd>{userTypes[person.userType]}</dd>
            {person.phoneNumber && (
              <>
                <dt>{words.phone}</dt>
                <dd>{person.phoneNumber}</dd>
              </>
            )}
            {person.email && (
              <>
                <dt>{words.email}</dt>
                <dd>{person.email}</dd>
              </>
            )}
            {person.statusReason && (
              <>
                <dt>{words.reason}</dt>
                <dd>{person.statusReason}</dd>
              </>
            )}
            {person.groups.length > 0 && (
              <>
                <dt>{words.groups}</dt>
                <dd>{person.groups.join(', ')}</dd>
              </>
            )}
            <dt>{words.created}</dt>
            <dd>{timeOf(person.createdAt)}</dd>
            <dt>id</dt>
            <dd className="users-id">{person.id}</dd>
          </dl>
          {person.id === ownId ? (
            <p className="muted">{words.own}</p>
          ) : (
            <>
              <div className="row">
                <Link to={`/chat?with=${userId}`} className="button">
                  {words.write}
                </Link>
                {person.userType === UserType.passenger && (
                  <>
                    <Link to={`/book?passenger=${userId}`} className="button">
                      {words.book}
                    </Link>
                    <Link to={`/trips?passengerId=${userId}`} className="button">
                      {words.trips}
                    </Link>
                  </>
                )}
                {person.userType === UserType.driver && (
                  <>
                    <Link to={`/drivers/${userId}`} className="button">
                      {words.onMap}
                    </Link>
                    <Link to={`/trips?driverId=${userId}`} className="button">
                      {words.trips}
                    </Link>
                  </>
                )}
              </div>
              <div className="row">
                {person.status === 'active' && (
                  <>
                    <ConfirmedAction
                      label={words.suspend}
                      keptAs={`suspend ${userId}`}
                      isDangerous
                      run={(reason) => act('suspend', reason)}
                    />
                    <ConfirmedAction
                      label={words.ban}
                      keptAs={`ban ${userId}`}
                      isDangerous
                      run={(reason) => act('ban', reason)}
                    />
                  </>
                )}
                {person.status !== 'active' && (
                  <ConfirmedAction
                    label={words.reactivate}
                    explanation={words.reactivate}
                    run={() => act('reactivate', '')}
                  />
                )}
              </div>
            </>
          )}
          <h3>{words.sessions}</h3>
          {sessions.failure && (
            <NotRead
              what={driver.sessionsFailed}
              failure={sessions.failure}
              again={sessions.again}
            />
          )}
          <SessionList
            sessions={sessions.answer?.data}
            none={words.noSessions}
            cutLabel={words.cut}
            cutHint={words.cutHint}
            onCut={cut}
          />
          {(sessions.answer?.data.length ?? 0) > 1 && (
            <ConfirmedAction
              label={words.cutAll}
              explanation={words.cutAllHint}
              isDangerous
              run={() => cut()}
            />
          )}
        </>
      )}
    </aside>
  );
}
