const BASE_MS = 1_000;
const CAP_MS = 30_000;

/**
 * How long to wait before the next try: anything up to a limit that doubles, so that many clients
 * that fail together do not come back together; never less than what the server asked for.
 * @param failures how often it has failed before
 */
export function backoffMs(failures: number, retryAfterMs = 0): number {
  return retryAfterMs + Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures, 10));
}

/** The longest that a timer can wait: 24 days. */
const FOR_EVER_MS = 2 ** 31 - 1;

/** Resolves after a time, or as soon as one of the signals is aborted. @returns whether the time is over */
export function pause(ms: number, ...signals: (AbortSignal | undefined)[]): Promise<boolean> {
  return new Promise((resolve) => {
    if (signals.some((signal) => signal?.aborted)) return resolve(false);
    const end = (isOver: boolean): void => {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener('abort', wake);
      resolve(isOver);
    };
    const wake = (): void => end(false);
    const timer = setTimeout(() => end(true), Math.min(ms, FOR_EVER_MS));
    for (const signal of signals) signal?.addEventListener('abort', wake);
  });
}

/** An id that nobody else makes: 1 to 64 letters, digits, `_` and `-`. */
export function makeId(): string {
  const { crypto } = globalThis as { crypto?: { randomUUID?: () => string } };
  // React Native has no crypto by itself.
  const random = (): string => Math.random().toString(36).slice(2);
  return crypto?.randomUUID?.() ?? `${Date.now().toString(36)}-${random()}-${random()}`;
}
