import { describe, expect, it } from 'vitest';
import { untilItEnds } from './use-offer.js';

describe('the answer to an offer', () => {
  it('[CLIENT6] waits for the connection until the offer ends, and in its last moment for the server to judge', () => {
    const options = untilItEnds(Date.now() + 60_000);
    expect(options.whileOffline ?? 'wait').toBe('wait');
    expect(options.deadlineMs).toBeGreaterThan(5_000);
    expect(options.deadlineMs).toBeLessThanOrEqual(60_000);
    expect(untilItEnds(Date.now() - 1_000).deadlineMs).toBe(5_000);
  });
});
