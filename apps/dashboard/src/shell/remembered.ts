/** A choice of the viewer that outlives a reload. */
export interface Remembered<T extends string> {
  get: () => T;
  set: (value: T) => void;
  subscribe: (listener: () => void) => () => void;
}

/** @param otherwise what holds until something is chosen */
export function remembered<T extends string>(
  name: string,
  choices: readonly T[],
  otherwise: () => T,
): Remembered<T> {
  const key = `ridewire:${name}`;
  const listeners = new Set<() => void>();
  const stored = localStorage.getItem(key);
  let value = choices.find((choice) => choice === stored) ?? otherwise();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  // Chosen in another tab of this browser.
  globalThis.addEventListener?.('storage', (event) => {
    if (event.key !== key) return;
    value = choices.find((choice) => choice === event.newValue) ?? otherwise();
    tell();
  });
  return {
    get: () => value,
    set: (next) => {
      value = next;
      localStorage.setItem(key, next);
      tell();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
