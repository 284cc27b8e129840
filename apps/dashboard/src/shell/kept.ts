import { useCallback, useState } from 'react';

/**
 * What was begun in this tab, by name: a reload does not lose it. Whoever signs out takes it along.
 * What was kept in another shape by an older page is nothing.
 */
export function keptOf<T>(name: string): T | undefined {
  try {
    const text = sessionStorage.getItem(keyOf(name));
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

export function keep(name: string, value: unknown): void {
  sessionStorage.setItem(keyOf(name), JSON.stringify(value));
}

export function forget(name: string): void {
  sessionStorage.removeItem(keyOf(name));
}

/** A state that outlives a reload until it is put back. @param fresh what it is at the beginning */
export function useKept<T extends object>(
  name: string,
  fresh: () => T,
): [value: T, change: (change: Partial<T>) => void, putBack: () => void] {
  const [value, setValue] = useState<T>(() => ({ ...fresh(), ...keptOf<Partial<T>>(name) }));
  const change = useCallback(
    (changes: Partial<T>) =>
      setValue((before) => {
        const next = { ...before, ...changes };
        keep(name, next);
        return next;
      }),
    [name],
  );
  const putBack = useCallback(() => {
    forget(name);
    setValue(fresh());
  }, [name, fresh]);
  return [value, change, putBack];
}

function keyOf(name: string): string {
  return `ridewire:kept ${name}`;
}
