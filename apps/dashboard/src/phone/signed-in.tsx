import { useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import { type RidewireClient } from '#libs/client';
import { RidewireContext } from '#libs/client/react';
import { openClient } from '../session/open-client.js';
import { session } from '../session/session.js';
import { SignIn } from '../session/sign-in.js';
import { usePhoneWords } from './words/use-phone-words.js';

interface SignedInProps {
  app: 'ride' | 'drive';
  children: ReactNode;
}

/** What only somebody who is signed in sees; the hooks of the client find it there. */
export function SignedIn({ app, children }: SignedInProps) {
  const { status, endedFor } = useSyncExternalStore(session.subscribe, session.get);
  useEffect(() => void session.restore(), []);
  const { signIn, [app]: words } = usePhoneWords();
  if (status === 'unknown') return null;
  if (status === 'unreachable')
    return (
      <p role="alert" className="banner">
        {signIn.unreachable}
      </p>
    );
  if (status === 'signedOut')
    return <SignIn words={{ ...signIn, ...words.signIn }} endedFor={endedFor} />;
  return <Connected>{children}</Connected>;
}

export const signOut = (): void => void session.signOut();

/** One connection, as long as somebody is signed in. */
function Connected({ children }: { children: ReactNode }) {
  const [client, setClient] = useState<RidewireClient>();
  useEffect(() => {
    const opened = openClient();
    setClient(opened);
    void opened.connect();
    return () => opened.close();
  }, []);
  return client && <RidewireContext value={client}>{children}</RidewireContext>;
}
