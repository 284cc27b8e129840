import { useSyncExternalStore, type MouseEvent, type ReactNode } from 'react';
import { hrefOf, pathOf } from './address.js';

const CHANGED = 'ridewire:address';

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(CHANGED, listener);
  };
}

/** The path of the view, as the page knows it wherever it is served, and what it filters by. */
export function useAddress(): { pathname: string; searchParams: URLSearchParams } {
  const href = useSyncExternalStore(subscribe, () => location.href);
  const address = new URL(href);
  return { pathname: pathOf(address), searchParams: address.searchParams };
}

/**
 * @param path of a view, e.g. `/trips?onlyActive=true`
 * @param replaces true for a change that "back" is not to undo by itself, e.g. of a filter
 */
export function navigate(path: string, replaces = false): void {
  if (replaces) history.replaceState(null, '', hrefOf(path));
  else history.pushState(null, '', hrefOf(path));
  window.dispatchEvent(new Event(CHANGED));
}

/** Changes what a view filters by; an empty value leaves the address. */
export function setFilters(filters: Record<string, string>): void {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(filters)) {
    if (value === '') address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  navigate(pathOf(address) + address.search, true);
}

interface LinkProps {
  to: string;
  className?: string;
  isCurrent?: boolean;
  /** Arrow keys go to it within its list. */
  isItem?: boolean;
  children: ReactNode;
}

/** A link within the page. With a modifier key it opens a tab, as every link does. */
export function Link({ to, className, isCurrent = false, isItem = false, children }: LinkProps) {
  const follow = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a
      href={hrefOf(to)}
      className={className}
      aria-current={isCurrent ? 'page' : undefined}
      data-item={isItem || undefined}
      onClick={follow}
    >
      {children}
    </a>
  );
}
