import { navigate } from './router.js';
import { moveInList } from './arrow-lists.js';
import { placeOf, views } from './views.js';
import { pathOf } from './address.js';

/** How long the second key of a pair is waited for. */
const PAIR_MS = 1_500;

/** What keys open beside views. */
export interface Opened {
  palette: () => void;
  help: () => void;
}

/**
 * Follows the keyboard, wherever the focus is: single keys while nobody types, the palette always.
 * What an open dialog does not handle itself stays as it is.
 * @returns what ends it
 */
export function followKeys({ palette, help }: Opened): () => void {
  let isAfterG = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const begin = (): void => {
    isAfterG = true;
    clearTimeout(timer);
    timer = setTimeout(() => (isAfterG = false), PAIR_MS);
  };

  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const { key } = event;
    if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === 'k') {
      event.preventDefault();
      return palette();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isSomethingOpen()) return;
    if (moveInList(event)) return event.preventDefault();
    if (key === 'Escape') return escape(event);
    if (isTyping(event.target)) return;
    if (isAfterG) {
      isAfterG = false;
      const view = views.find((each) => each.key === key);
      if (view) {
        event.preventDefault();
        return navigate(view.path);
      }
    }
    if (key === 'g') return begin();
    if (key === '?') {
      event.preventDefault();
      help();
    }
    if (key === '/') {
      event.preventDefault();
      const search = document.querySelector<HTMLInputElement>('[data-search]');
      if (search) search.select();
      else palette();
    }
  };
  window.addEventListener('keydown', onKey);
  return () => {
    clearTimeout(timer);
    window.removeEventListener('keydown', onKey);
  };
}

/** Leaves a field, else what is open, as a trip or a driver. */
function escape(event: KeyboardEvent): void {
  const { target } = event;
  if (isTyping(target)) {
    // The first one empties a field of search, as browsers do.
    if (target instanceof HTMLInputElement && target.type === 'search' && target.value) return;
    return target.blur();
  }
  const { view, id } = placeOf(pathOf(location));
  if (id === undefined) return;
  event.preventDefault();
  navigate(view.path + location.search);
}

function isSomethingOpen(): boolean {
  return document.querySelector('dialog[open], :popover-open') !== null;
}

function isTyping(target: EventTarget | null): target is HTMLElement {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('input, textarea, select');
}
