import { useState, type FormEvent } from 'react';
import { ask, RestFailure } from '../session/rest.js';
import { session } from '../session/session.js';
import { useAnswer } from '../session/use-answer.js';
import { ConfirmedAction } from '../shell/confirmed-action.js';
import { NotRead } from '../shell/read.js';
import { type Person } from '../users/person.js';
import { useFailureText } from '../words/failure-text.js';
import { useViewWords } from '../words/view-words.js';
import { accountWords } from './account-words.js';
import { SessionList, type SessionFound } from './session-list.js';
import './account.css';

/** The dispatcher's own name and devices. */
export function AccountPage() {
  const words = useViewWords(accountWords);
  const sessions = useAnswer<SessionFound[]>('auth/sessions');
  const [said, setSaid] = useState('');
  const found = sessions.answer?.data;
  const others = found?.filter(({ current }) => !current) ?? [];

  const end = async (sids: readonly string[]): Promise<void> => {
    for (const sid of sids) await ask('DELETE', `auth/sessions/${sid}`).catch(unlessGone);
    sessions.again();
  };
  const cut = async (sid: string): Promise<void> => {
    if (found?.some((each) => each.current && each.sid === sid)) await session.signOut();
    else await end([sid]);
  };

  return (
    <section className="account">
      <h1>{words.title}</h1>
      <OwnName />
      <h2>{words.devices}</h2>
      <p className="muted">{words.devicesHint}</p>
      {said && (
        <p className="notice good" role="status">
          {said}
        </p>
      )}
      {sessions.failure && (
        <NotRead what={words.failed} failure={sessions.failure} again={sessions.again} />
      )}
      {!found && sessions.isLoading && <p className="muted">{words.loading}</p>}
      <SessionList
        sessions={found}
        none={words.none}
        cutLabel={words.cut}
        cutHint={words.cutHint}
        onCut={cut}
      />
      <div className="row">
        {others.length > 0 && (
          <ConfirmedAction
            label={words.others}
            explanation={words.othersHint}
            run={async () => {
              await end(others.map(({ sid }) => sid));
              setSaid(`${words.othersDone} ${others.length}`);
            }}
          />
        )}
        <ConfirmedAction
          label={words.everywhere}
          explanation={words.everywhereHint}
          isDangerous
          run={async () => {
            await ask('DELETE', 'auth/sessions');
            await session.signOut();
          }}
        />
      </div>
    </section>
  );
}

function OwnName() {
  const words = useViewWords(accountWords);
  const { answer, failure, again } = useAnswer<Person>('users/profile');
  const failureText = useFailureText();
  const [said, setSaid] = useState('');
  const person = answer?.data;
  if (failure) return <NotRead what={words.nameFailed} failure={failure} again={again} />;
  if (!person) return null;
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get('name')).trim();
    try {
      await ask('PATCH', 'users/profile', { body: { name: name === '' ? null : name } });
      again();
      setSaid(words.saved);
    } catch (refused) {
      if (!(refused instanceof RestFailure)) throw refused;
      setSaid(failureText(refused));
    }
  };
  return (
    <form className="account-name" onSubmit={(event) => void submit(event)}>
      <p>
        <span className="muted">{words.email}</span> {person.email}
      </p>
      <label>
        {words.name}
        <input name="name" maxLength={100} defaultValue={person.name ?? ''} />
      </label>
      <p className="muted">{words.nameHint}</p>
      <div className="row">
        <button type="submit">{words.save}</button>
        <span role="status">{said}</span>
      </div>
    </form>
  );
}

/** A session that has ended meanwhile is what was wanted. */
function unlessGone(failure: unknown): void {
  if (!(failure instanceof RestFailure && failure.status === 404)) throw failure;
}
