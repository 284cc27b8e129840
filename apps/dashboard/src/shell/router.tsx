import { useSyncExternalStore, type MouseEvent, type ReactNode } from 'react';

const CHANGED = 'ridewire:address';

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(CHANGED, listener);
  };
}

/** The address of the view, with what it filters by. */
export function useAddress(): URL {
  const href = useSyncExternalStore(subscribe, () => location.href);
  return new URL(href);
}

/** @param replaces true for a change that "back" is not to undo by itself, e.g. of a filter */
export function navigate(address: string, replaces = false): void {
  if (replaces) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  window.dispatchEvent(new Event(CHANGED));
}

/** Changes what a view filters by; an empty value leaves the address. */
export function setFilters(filters: Record<string, string>): void {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(filters)) {
    if (value === '') address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  navigate(address.pathname + address.search, true);
}

interface LinkProps {
  to: string;
  className?: string;
  isCurrent?: boolean;
  children: ReactNode;
}

/** A link within the page. With a modifier key it opens a tab, as every link does. */
export function Link({ to, className, isCurrent = false, children }: LinkProps) {
  const follow = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a
      href={to}
      className={className}
      aria-current={isCurrent ? 'page' : undefined}
      onClick={follow}
    >
      {children}
    </a>
  );
}
