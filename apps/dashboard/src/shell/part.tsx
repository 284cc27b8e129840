import { useEffect, useSyncExternalStore, type ComponentType, type ReactNode } from 'react';
import { useFailureText } from '../words/failure-text.js';

/** A component whose code is loaded when it is first shown, or ahead of that by `load`. */
export interface Part<P extends object> {
  (props: P): ReactNode;
  /** Resolves when it is there, or when it could not be loaded: whoever shows it tries again. */
  load: () => Promise<void>;
}

const TRY_EVERY_MS = 2_000;
/** A page that misses a part of itself is not loaded anew again and again. */
const RELOAD_EVERY_MS = 30_000;
const RELOADED_AT = 'ridewire:reloaded';

/**
 * @param read imports it
 * @param meanwhile what is shown until it is there
 */
export function part<P extends object>(
  read: () => Promise<ComponentType<P>>,
  meanwhile: ReactNode,
): Part<P> {
  let state: { Loaded?: ComponentType<P>; hasFailed: boolean } = { hasFailed: false };
  let loading: Promise<void> | undefined;
  const listeners = new Set<() => void>();
  const become = (next: typeof state): void => {
    state = next;
    for (const listener of listeners) listener();
  };
  const load = (): Promise<void> =>
    (loading ??= read().then(
      (Loaded) => become({ Loaded, hasFailed: false }),
      () => {
        loading = undefined;
        become({ hasFailed: true });
      },
    ));
  const subscribe = (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const again = async (): Promise<boolean> => {
    if (!(await loadFailedStyles())) return false;
    await load();
    return !state.hasFailed;
  };

  function ShownPart(props: P): ReactNode {
    const { Loaded, hasFailed } = useSyncExternalStore(subscribe, () => state);
    useEffect(() => {
      if (!state.hasFailed) void load();
    }, []);
    if (Loaded) return <Loaded {...props} />;
    return hasFailed ? <NotLoaded again={again} /> : meanwhile;
  }
  return Object.assign(ShownPart, { load });
}

/** Says that the server does not answer, and goes on as soon as it does. */
function NotLoaded({ again }: { again: () => Promise<boolean> }): ReactNode {
  const failureText = useFailureText();
  useEffect(() => {
    let isShown = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tryAgain = async (): Promise<void> => {
      // The server has another release of the page by now where it answers and the part is not there.
      if ((await isServed()) && isShown && !(await again()) && isShown) reload();
      if (isShown) timer = setTimeout(() => void tryAgain(), TRY_EVERY_MS);
    };
    void tryAgain();
    return () => {
      isShown = false;
      clearTimeout(timer);
    };
  }, [again]);
  return (
    <p className="notice not-loaded" role="alert">
      {failureText({ message: '' })}
    </p>
  );
}

async function isServed(): Promise<boolean> {
  const asked = fetch(document.baseURI, { headers: { accept: 'text/html' }, cache: 'no-store' });
  return asked.then(
    ({ ok }) => ok,
    () => false,
  );
}

/** What was typed is kept over it. */
function reload(): void {
  const sinceMs = Date.now() - Number(sessionStorage.getItem(RELOADED_AT) ?? 0);
  if (Math.abs(sinceMs) < RELOAD_EVERY_MS) return;
  sessionStorage.setItem(RELOADED_AT, String(Date.now()));
  location.reload();
}

/** Styles that could not be loaded: the loader of parts asks for each once, whatever comes of it. */
const failedStyles = new Set<HTMLLinkElement>();
globalThis.addEventListener?.(
  'error',
  ({ target }) => {
    if (target instanceof HTMLLinkElement && target.rel === 'stylesheet') failedStyles.add(target);
  },
  true,
);

/** @returns whether all are there now */
async function loadFailedStyles(): Promise<boolean> {
  const failed = [...failedStyles];
  failedStyles.clear();
  const loaded = await Promise.all(
    failed.map((link) => {
      link.remove();
      const next = document.createElement('link');
      next.rel = 'stylesheet';
      next.href = link.href;
      document.head.append(next);
      return new Promise<boolean>((resolve) => {
        next.addEventListener('load', () => resolve(true));
        next.addEventListener('error', () => resolve(false));
      });
    }),
  );
  return loaded.every(Boolean);
}
