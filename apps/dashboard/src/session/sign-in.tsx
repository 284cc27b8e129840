import { useState, type FormEvent } from 'react';
import { type Words } from '../words/english.js';
import { useFailureText } from '../words/failure-text.js';
import { LINK_ENDED, session, type SignInFailure } from './session.js';

interface SignInProps {
  words: Words['signIn'];
  endedFor: string | null;
}

export function SignIn({ words, endedFor }: SignInProps) {
  const [failure, setFailure] = useState<SignInFailure>();
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setFailure(await session.signIn(String(form.get('email')), String(form.get('password'))));
    setBusy(false);
  };

  const failureText = useFailureText();
  const said = typeof failure === 'object' ? failureText(failure) : failure && words[failure];
  const ended = (reason: string): string =>
    reason === LINK_ENDED
      ? words.linkEnded
      : failureText({ code: reason, message: `${words.ended} (${reason}).` });
  return (
    <main className="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <h1>{words.title}</h1>
        {endedFor && !said && (
          <p className="notice" role="alert">
            {ended(endedFor)}
          </p>
        )}
        {said && (
          <p className="notice" role="alert">
            {said}
          </p>
        )}
        <label>
          {words.email}
          <input name="email" type="email" autoComplete="username" required autoFocus />
        </label>
        <label>
          {words.password}
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button type="submit" className="primary" disabled={isBusy}>
          {isBusy ? words.busy : words.submit}
        </button>
      </form>
    </main>
  );
}
