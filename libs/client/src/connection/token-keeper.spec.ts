import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TokenKeeper } from './token-keeper.js';

/** How long the server takes the last refresh token again, for a client that lost the answer. */
const GRACE_MS = 30_000;
const QUESTION_TIMEOUT_MS = 10_000;

describe('a question for a token', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A keeper whose first questions hang. */
  const keeperOf = (hanging: number) => {
    const signals: AbortSignal[] = [];
    const keeper = new TokenKeeper((_, signal) => {
      signals.push(signal);
      return signals.length > hanging ? `token ${signals.length}` : new Promise(() => {});
    });
    return { keeper, signals };
  };

  it('[CLIENT2] that hangs is given up with its request, so that each lost answer is asked for again within the grace', async () => {
    const { keeper, signals } = keeperOf(2);
    const startedAt = Date.now();
    for (let i = 0; i < 2; i += 1) {
      const refused = keeper.renew('expired').catch(String);
      expect(signals[i]!.aborted).toBe(false);
      // Other files of the worker may have left timers of their own: all that are due by then go off.
      await vi.advanceTimersByTimeAsync(QUESTION_TIMEOUT_MS);
      expect(await refused).toBe('Error: No token.');
      expect(signals[i]!.aborted).toBe(true);
    }
    expect(Date.now() - startedAt).toBeLessThan(GRACE_MS - 5_000);
    expect(await keeper.renew('expired')).toBe('token 3');
    expect(signals[2]!.aborted).toBe(false);
  });

  it('[CLIENT2] that the connection gives up ends its request at once, and the next one is asked anew', async () => {
    const { keeper, signals } = keeperOf(1);
    const refused = keeper.renew('expiring').catch(String);
    keeper.giveUp();
    expect(signals[0]!.aborted).toBe(true);
    const next = keeper.renew('expiring');
    expect(await refused).toBe('Error: No token.');
    expect(await next).toBe('token 2');
    expect(signals[1]!.aborted).toBe(false);
  });
});
