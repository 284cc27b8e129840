import {
  useCallback,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
  type RefObject,
} from 'react';
import { session } from '../session/session.js';
import { SignIn } from '../session/sign-in.js';
import { Language, language, useWords } from '../words/words.js';
import { ConnectionBanner } from './connection-banner.js';
import { Dispatch } from './dispatch.js';
import { Help } from './help.js';
import { Palette } from './palette.js';
import { Link, useAddress } from './router.js';
import { followKeys } from './shortcuts.js';
import { Theme, theme } from './theme.js';
import { loadViews, placeOf, views } from './views.js';

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
  return status === 'signedOut' ? <SignIn words={signIn} endedFor={endedFor} /> : <Desk />;
}

const LOAD_AHEAD_AFTER_MS = 4_000;

type Opened = 'palette' | 'help' | undefined;

/** Everything that a signed-in dispatcher sees. */
function Desk() {
  const [dispatch, setDispatch] = useState<Dispatch>();
  useEffect(() => {
    const started = new Dispatch();
    setDispatch(started);
    return () => started.stop();
  }, []);
  useLoadAhead(dispatch);
  const [opened, setOpened] = useState<Opened>();
  const openPalette = useCallback(() => setOpened('palette'), []);
  const openHelp = useCallback(() => setOpened('help'), []);
  useEffect(() => followKeys({ palette: openPalette, help: openHelp }), [openPalette, openHelp]);
  const { pathname } = useAddress();
  const main = useRef<HTMLElement>(null);
  const words = useWords();
  const { view, segment, id } = placeOf(pathname);
  useEffect(() => {
    document.title = `${words.nav[view.name]} · Ridewire`;
  }, [view, words]);
  useFocusOnChange(main, pathname);
  useEffect(() => {
    // On a phone the views do not fit beside each other.
    const current = document.querySelector('.shell-nav [aria-current]');
    current?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [view, dispatch]);
  if (!dispatch) return null;
  return (
    <div className="shell">
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        {words.nav.skip}
      </button>
      <header className="shell-bar">
        <span className="shell-name">{words.app}</span>
        <nav className="shell-nav" aria-label={words.nav.main}>
          {views.map(({ name, path }) => (
            <Link key={name} to={path} isCurrent={name === view.name}>
              {words.nav[name]} {name === 'chat' && <UnreadCount dispatch={dispatch} />}
            </Link>
          ))}
        </nav>
        <Settings onPalette={openPalette} onHelp={openHelp} />
      </header>
      <ConnectionBanner freshness={dispatch.freshness} />
      <main ref={main} className="shell-view" tabIndex={-1}>
        {/* Until the view has a heading of its own. */}
        <p role="heading" aria-level={1} className="shell-heading visually-hidden">
          {words.nav[view.name]}
        </p>
        {view.show({ dispatch, segment, id })}
      </main>
      {opened === 'palette' && <Palette onClose={() => setOpened(undefined)} onHelp={openHelp} />}
      {opened === 'help' && <Help onClose={() => setOpened(undefined)} />}
    </div>
  );
}

/** Loads what may be gone to next, once the view that is looked at is at work. */
function useLoadAhead(dispatch: Dispatch | undefined): void {
  useEffect(() => {
    if (!dispatch) return undefined;
    const timer = setTimeout(() => {
      if (dispatch.freshness.get().status === 'live') void loadViews();
    }, LOAD_AHEAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, [dispatch]);
}

/** A view that was gone to by the keyboard goes on by it: the focus is at its beginning. */
function useFocusOnChange(main: RefObject<HTMLElement | null>, pathname: string): void {
  const shown = useRef(pathname);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    main.current?.focus({ preventScroll: true });
  }, [main, pathname]);
}

function UnreadCount({ dispatch }: { dispatch: Dispatch }) {
  const words = useWords();
  const { unread } = useSyncExternalStore(dispatch.inbox.subscribe, dispatch.inbox.get);
  if (unread === 0) return null;
  return (
    <span className="badge">
      {unread}
      <span className="visually-hidden"> {words.nav.unread}</span>
    </span>
  );
}

function Settings({ onPalette, onHelp }: { onPalette: () => void; onHelp: () => void }) {
  const words = useWords();
  const chosenTheme = useSyncExternalStore(theme.subscribe, theme.get);
  const chosenLanguage = useSyncExternalStore(language.subscribe, language.get);
  const menu = useRef<HTMLDivElement>(null);
  const close = (): void => menu.current?.hidePopover();
  return (
    <div className="shell-settings">
      <button type="button" onClick={onPalette} aria-keyshortcuts="Control+K Meta+K">
        {words.palette.button} <kbd className="wide-only">Ctrl K</kbd>
      </button>
      <button type="button" popoverTarget="settings">
        {words.nav.settings}
      </button>
      <div ref={menu} id="settings" popover="auto" className="menu">
        <label>
          {words.theme.label}
          <select value={chosenTheme} onChange={(event) => theme.set(event.target.value as Theme)}>
            {Object.values(Theme).map((each) => (
              <option key={each} value={each}>
                {words.theme[each]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {words.palette.language}
          <select
            value={chosenLanguage}
            onChange={(event) => language.set(event.target.value as Language)}
          >
            <option value={Language.english}>English</option>
            <option value={Language.spanish}>Español</option>
          </select>
        </label>
        <button
          type="button"
          onClick={() => {
            close();
            onHelp();
          }}
        >
          {words.keys.title} <kbd>?</kbd>
        </button>
        <button type="button" onClick={() => void session.signOut()}>
          {words.nav.signOut}
        </button>
      </div>
    </div>
  );
}
