import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from 'react';
import { session } from '../session/session.js';
import { SignIn } from '../session/sign-in.js';
import { TripDetail } from '../trips/trip-detail.js';
import { TripsView } from '../trips/trips-view.js';
import { Language, language, useWords } from '../words/words.js';
import { ConnectionBanner } from './connection-banner.js';
import { Dispatch } from './dispatch.js';
import { Link, useAddress } from './router.js';
import { Theme, theme } from './theme.js';

const LiveMap = lazy(async () => ({ default: (await import('../map/live-map.js')).LiveMap }));

export function App() {
  const { status, endedFor } = useSyncExternalStore(session.subscribe, session.get);
  const chosen = useSyncExternalStore(language.subscribe, language.get);
  useEffect(() => {
    document.documentElement.lang = chosen;
  }, [chosen]);
  useEffect(() => void session.restore(), []);
  const { signIn } = useWords();
  if (status === 'unknown') return null;
  if (status === 'unreachable')
    return (
      <p role="alert" className="banner">
        {signIn.unreachable}
      </p>
    );
  return status === 'signedOut' ? <SignIn endedFor={endedFor} /> : <Desk />;
}

/** Everything that a signed-in dispatcher sees. */
function Desk() {
  const [dispatch, setDispatch] = useState<Dispatch>();
  useEffect(() => {
    const opened = new Dispatch();
    setDispatch(opened);
    return () => opened.stop();
  }, []);
  const { pathname } = useAddress();
  const words = useWords();
  if (!dispatch) return null;
  const [, view, id] = pathname.split('/');
  return (
    <div className="shell">
      <header className="shell-bar">
        <span className="shell-name">{words.app}</span>
        <nav className="shell-nav" aria-label={words.nav.main}>
          <Link to="/" isCurrent={view === ''}>
            {words.nav.map}
          </Link>
          <Link to="/trips" isCurrent={view === 'trips'}>
            {words.nav.trips}
          </Link>
        </nav>
        <Settings />
      </header>
      <ConnectionBanner client={dispatch.client} />
      <main className="shell-view">
        {view === 'trips' && id && <TripDetail key={id} tripId={id} dispatch={dispatch} />}
        {view === 'trips' && !id && <TripsView dispatch={dispatch} />}
        {view !== 'trips' && (
          <Suspense fallback={<p className="map-loading">{words.map.loading}</p>}>
            <LiveMap dispatch={dispatch} selectedId={view === 'drivers' ? (id ?? null) : null} />
          </Suspense>
        )}
      </main>
    </div>
  );
}

function Settings() {
  const words = useWords();
  const chosenTheme = useSyncExternalStore(theme.subscribe, theme.get);
  const chosenLanguage = useSyncExternalStore(language.subscribe, language.get);
  return (
    <div className="shell-settings" role="group" aria-label={words.nav.settings}>
      <select
        aria-label={words.theme.label}
        value={chosenTheme}
        onChange={(event) => theme.set(event.target.value as Theme)}
      >
        {Object.values(Theme).map((each) => (
          <option key={each} value={each}>
            {words.theme[each]}
          </option>
        ))}
      </select>
      <select
        aria-label={words.language}
        value={chosenLanguage}
        onChange={(event) => language.set(event.target.value as Language)}
      >
        <option value={Language.english}>English</option>
        <option value={Language.spanish}>Español</option>
      </select>
      <button type="button" onClick={() => void session.signOut()}>
        {words.nav.signOut}
      </button>
    </div>
  );
}
