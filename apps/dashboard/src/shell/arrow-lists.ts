const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

/**
 * Moves the focus between the items of a list: `data-list` marks the list, `data-item` what gets the
 * focus. From nowhere, and from the field of search above, it goes to the first item.
 * @returns whether the key was for a list
 */
export function moveInList({ key, target }: KeyboardEvent): boolean {
  const isEnd = key === 'Home' || key === 'End';
  const step = STEPS[key];
  if (!(target instanceof HTMLElement) || (step === undefined && !isEnd)) return false;
  const item = target.closest<HTMLElement>('[data-item]');
  const isOutside = target.matches('body, main, h1, [data-search]');
  if (!item && (isEnd || !isOutside)) return false;
  const list = item?.closest('[data-list]') ?? document.querySelector('main [data-list]');
  const items = [...(list?.querySelectorAll<HTMLElement>('[data-item]') ?? [])];
  if (items.length === 0) return false;
  const at = item ? items.indexOf(item) : -1;
  const wanted = isEnd ? (key === 'Home' ? 0 : items.length - 1) : at + step!;
  const next = items[Math.min(Math.max(0, wanted), items.length - 1)]!;
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
  return true;
}
