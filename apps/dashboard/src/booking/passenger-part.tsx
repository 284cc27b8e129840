import { useEffect, useRef, useState, type FormEvent } from 'react';
import { UserType, type TripView } from '#libs/contracts/browser';
import { ask, RestFailure } from '../session/rest.js';
import { useAnswer } from '../session/use-answer.js';
import { forget, keptOf } from '../shell/kept.js';
import { fillKept, keepForm } from '../shell/kept-form.js';
import { NotRead } from '../shell/read.js';
import { Link } from '../shell/router.js';
import { firstPassword } from '../users/first-password.js';
import { nameOf, type Person } from '../users/person.js';
import { PersonSearch } from '../users/person-search.js';
import { useFailureText } from '../words/failure-text.js';
import { useViewWords } from '../words/view-words.js';
import { useWords } from '../words/words.js';
import { changeDraft } from './booking-draft.js';
import { bookingWords } from './booking-words.js';

const KEPT_AS = 'new passenger';

/** Whom the trip is for: found, or made. */
export function PassengerPart({ passengerId }: { passengerId: string | undefined }) {
  const words = useViewWords(bookingWords);
  const [isNew, setNew] = useState(() => keptOf(KEPT_AS) !== undefined);
  if (passengerId) return <ChosenPassenger key={passengerId} passengerId={passengerId} />;
  const putAway = (): void => {
    forget(KEPT_AS);
    setNew(false);
  };
  const choose = ({ id }: Person): void => {
    putAway();
    changeDraft({ passengerId: id });
  };
  return (
    <div className="booking-passenger">
      {isNew ? (
        <NewPassenger onMade={choose} onCancel={putAway} />
      ) : (
        <>
          <PersonSearch
            label={words.passenger}
            placeholder={words.find}
            userType={UserType.passenger}
            autoFocus
            onChoose={choose}
          />
          <button type="button" onClick={() => setNew(true)}>
            {words.create}
          </button>
        </>
      )}
    </div>
  );
}

function ChosenPassenger({ passengerId }: { passengerId: string }) {
  const words = useViewWords(bookingWords);
  const { driver } = useWords();
  const { answer, failure, again } = useAnswer<Person>(`admin/users/${passengerId}`);
  const trip = useAnswer<TripView | null>(`trips/passengers/${passengerId}/active-trip`);
  const person = answer?.data;
  const active = trip.answer?.data;
  return (
    <div className="booking-passenger">
      <div className="booking-chosen" data-passenger={passengerId}>
        <span>
          <span className="muted">{words.passenger}</span>
          <strong>{person ? nameOf(person) : passengerId}</strong>{' '}
          <span className="muted">{person?.phoneNumber ?? person?.email}</span>
        </span>
        <button type="button" onClick={() => changeDraft({ passengerId: undefined })}>
          {words.change}
        </button>
      </div>
      {failure && <NotRead what={driver.accountFailed} failure={failure} again={again} />}
      {person && person.status !== 'active' && (
        <p className="notice" role="alert">
          {words.blocked} ({driver.status[person.status]})
        </p>
      )}
      {active && (
        <p className="notice" role="status">
          {words.hasTrip} <Link to={`/trips/${active.id}`}>{words.openTrip}</Link>
        </p>
      )}
    </div>
  );
}

interface NewPassengerProps {
  onMade: (person: Person) => void;
  onCancel: () => void;
}

function NewPassenger({ onMade, onCancel }: NewPassengerProps) {
  const words = useViewWords(bookingWords);
  const failureText = useFailureText();
  const [failure, setFailure] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [password] = useState(firstPassword);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => void fillKept(KEPT_AS, form.current!), []);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const filled = new FormData(event.currentTarget);
    const text = (name: string): string => String(filled.get(name)).trim();
    const [name, phoneNumber, email] = [text('name'), text('phone'), text('email')];
    if (phoneNumber === '' && email === '') return setFailure(words.contactNeeded);
    setBusy(true);
    try {
      const { data } = await ask<Person>('POST', 'admin/users', {
        body: {
          userType: UserType.passenger,
          password: text('password'),
          ...(name ? { name } : {}),
          ...(phoneNumber ? { phoneNumber } : {}),
          ...(email ? { email } : {}),
        },
      });
      onMade(data);
    } catch (refused) {
      if (!(refused instanceof RestFailure)) throw refused;
      setFailure(failureText(refused));
      setBusy(false);
    }
  };
  return (
    <form
      ref={form}
      className="booking-new"
      onSubmit={(event) => void submit(event)}
      onInput={() => keepForm(KEPT_AS, form.current!)}
    >
      <h2>{words.create}</h2>
      <label>
        {words.name}
        <input name="name" maxLength={100} autoComplete="off" autoFocus />
      </label>
      <label>
        {words.phone}
        <input name="phone" type="tel" autoComplete="off" />
      </label>
      <label>
        {words.email}
        <input name="email" type="email" autoComplete="off" />
      </label>
      <label>
        {words.password}
        <input name="password" minLength={8} required defaultValue={password} />
      </label>
      <p className="muted">{words.createHint}</p>
      {failure && (
        <p className="notice" role="alert">
          {failure}
        </p>
      )}
      <div className="row">
        <button type="submit" className="primary" disabled={isBusy}>
          {isBusy ? words.saving : words.save}
        </button>
        <button type="button" onClick={onCancel}>
          {words.notNow}
        </button>
      </div>
    </form>
  );
}
