import { useEffect, useRef, useState, type FormEvent } from 'react';
import { UserType } from '#libs/contracts/browser';
import { ask, RestFailure } from '../session/rest.js';
import { forget } from '../shell/kept.js';
import { fillKept, keepForm } from '../shell/kept-form.js';
import { Link, navigate } from '../shell/router.js';
import { useFailureText } from '../words/failure-text.js';
import { useViewWords } from '../words/view-words.js';
import { useWords } from '../words/words.js';
import { firstPassword } from './first-password.js';
import { type Person } from './person.js';
import { usersWords } from './users-words.js';

interface NewAccountProps {
  back: string;
  onMade: () => void;
}

const KEPT_AS = 'new account';

/**
 * Makes an account of any type; whoever it is for signs in with the first password. A reload loses
 * nothing of it but that password, which is made anew.
 */
export function NewAccount({ back, onMade }: NewAccountProps) {
  const words = useViewWords(usersWords);
  const { userTypes, dialog } = useWords();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => void fillKept(KEPT_AS, form.current!), []);
  const failureText = useFailureText();
  const [failure, setFailure] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [password] = useState(firstPassword);

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const filled = new FormData(event.currentTarget);
    const text = (name: string): string => String(filled.get(name)).trim();
    const fields = ['userType', 'name', 'email', 'phoneNumber', 'password'];
    const body = Object.fromEntries(
      fields.flatMap((name) => (text(name) === '' ? [] : [[name, text(name)]])),
    );
    if (!body['email'] && !body['phoneNumber']) return setFailure(words.contactNeeded);
    setBusy(true);
    try {
      const { data } = await ask<Person>('POST', 'admin/users', { body });
      forget(KEPT_AS);
      onMade();
      navigate(back.replace('/users', `/users/${data.id}`));
    } catch (refused) {
      if (!(refused instanceof RestFailure)) throw refused;
      setFailure(failureText(refused));
      setBusy(false);
    }
  };

  const putAway = (): void => {
    forget(KEPT_AS);
    navigate(back);
  };

  return (
    <aside className="users-panel" aria-label={words.createTitle}>
      <Link to={back} className="users-back">
        ← {words.back}
      </Link>
      <form
        ref={form}
        className="users-new"
        onSubmit={(event) => void submit(event)}
        onInput={() => keepForm(KEPT_AS, form.current!)}
      >
        <h2>{words.createTitle}</h2>
        <label>
          {words.type}
          <select name="userType" defaultValue={UserType.driver}>
            {Object.values(UserType).map((type) => (
              <option key={type} value={type}>
                {userTypes[type]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {words.name}
          <input name="name" maxLength={100} autoComplete="off" autoFocus />
        </label>
        <label>
          {words.phone}
          <input name="phoneNumber" type="tel" autoComplete="off" />
        </label>
        <label>
          {words.email}
          <input name="email" type="email" autoComplete="off" />
        </label>
        <label>
          {words.password}
          <input
            name="password"
            minLength={8}
            maxLength={100}
            required
            defaultValue={password}
            autoComplete="off"
          />
        </label>
        <p className="muted">{words.passwordHint}</p>
        {failure && (
          <p className="notice" role="alert">
            {failure}
          </p>
        )}
        <div className="row">
          <button type="submit" className="primary" disabled={isBusy}>
            {isBusy ? words.making : words.make}
          </button>
          <button type="button" onClick={putAway}>
            {dialog.cancel}
          </button>
        </div>
      </form>
    </aside>
  );
}
