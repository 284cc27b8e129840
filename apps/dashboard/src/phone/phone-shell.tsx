import { useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';
import { type ConnectionState } from '#libs/client';
import { Theme, theme } from '../shell/theme.js';
import { Language, language } from '../words/language.js';
import { MapBoard, MapBoardContext } from './map-board.js';
import { MapPane } from './map-pane.js';
import { usePhoneWords } from './words/use-phone-words.js';

interface PhoneShellProps {
  title: string;
  connection: ConnectionState;
  /** By default there is a map, which shows what the sheet below gives to `useOnMap`. */
  hasMap?: boolean;
  /** Of pages for which one has to be signed in. */
  onSignOut?: () => void;
  children: ReactNode;
}

/** A page of the size of a phone: a bar, a map, and a sheet with what there is to say and to do. */
export function PhoneShell({
  title,
  connection,
  hasMap = true,
  onSignOut,
  children,
}: PhoneShellProps) {
  const [board] = useState(() => new MapBoard());
  useEffect(() => {
    document.title = `${title} · Ridewire`;
  }, [title]);
  return (
    <div className="phone">
      <header className="phone-bar">
        <h1>{title}</h1>
        <Menu onSignOut={onSignOut} />
      </header>
      <Banner {...connection} />
      <main className="phone-main">
        {hasMap && <MapPane board={board} />}
        <div className="sheet">
          <MapBoardContext value={board}>{children}</MapBoardContext>
        </div>
      </main>
    </div>
  );
}

/** Says that what is shown grows old, until it does not any more. */
function Banner({ status, retryAt }: ConnectionState) {
  const { connection } = usePhoneWords();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (retryAt === null) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [retryAt]);
  const isFine = status === 'ready' || status === 'closed';
  const seconds = retryAt === null ? 0 : Math.max(0, Math.ceil((retryAt - now) / 1_000));
  return (
    <div role="status" className={isFine ? '' : 'banner'} data-connection={status}>
      {status === 'connecting' && connection.connecting}
      {status === 'resuming' && connection.resuming}
      {status === 'offline' && connection.offline(seconds)}
    </div>
  );
}

function Menu({ onSignOut }: { onSignOut: (() => void) | undefined }) {
  const words = usePhoneWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const chosenTheme = useSyncExternalStore(theme.subscribe, theme.get);
  const chosenLanguage = useSyncExternalStore(language.subscribe, language.get);
  return (
    <>
      <button type="button" className="quiet" onClick={() => dialog.current?.showModal()}>
        {words.menu.open}
      </button>
      <dialog ref={dialog} className="phone-dialog" aria-label={words.menu.open}>
        <h2>{words.menu.open}</h2>
        <label>
          {words.menu.theme}
          <select value={chosenTheme} onChange={(event) => theme.set(event.target.value as Theme)}>
            {Object.values(Theme).map((each) => (
              <option key={each} value={each}>
                {words.menu[each]}
              </option>
            ))}
          </select>
        </label>
        <label>
          {words.menu.language}
          <select
            value={chosenLanguage}
            onChange={(event) => language.set(event.target.value as Language)}
          >
            <option value={Language.english}>English</option>
            <option value={Language.spanish}>Español</option>
          </select>
        </label>
        {onSignOut && (
          <button type="button" onClick={onSignOut}>
            {words.menu.signOut}
          </button>
        )}
        <button type="button" className="primary" onClick={() => dialog.current?.close()}>
          {words.menu.done}
        </button>
      </dialog>
    </>
  );
}
