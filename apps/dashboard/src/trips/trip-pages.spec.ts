import { describe, expect, it, vi } from 'vitest';
import { RestFailure } from '../session/rest-failure.js';
import { type ShownTrip } from './admin-trip.js';
import { PAGE_SIZE, TripPages, type PageRead } from './trip-pages.js';

/** A server with a list that grows: the newest trip first, `asOf` is how many there were. */
function serverOf(count: number) {
  const server = { count, asked: [] as string[], isAway: false };
  const read = (_filters: unknown, page: number, asOf: number | undefined): Promise<PageRead> => {
    const total = asOf ?? server.count;
    server.asked.push(`${page}${asOf === undefined ? '' : ` as of ${asOf}`}`);
    if (server.isAway) return Promise.reject(new RestFailure('away', 503));
    const from = (page - 1) * PAGE_SIZE;
    const rows = Array.from(
      { length: Math.max(0, Math.min(PAGE_SIZE, total - from)) },
      (_, i) => ({ id: `trip ${total - from - i}` }) as ShownTrip,
    );
    return Promise.resolve({
      rows,
      total,
      asOf: total,
      isComplete: true,
      hasNext: from + PAGE_SIZE < total,
      continueAt: null,
    });
  };
  return { server, read };
}

describe('a list of trips that is longer than an answer', () => {
  it('[PAGE32] pages are read when they are looked at, all of one state of the list', async () => {
    const { server, read } = serverOf(10_000);
    const pages = new TripPages({}, read);
    await vi.waitFor(() => expect(pages.look().total).toBe(10_000));
    expect(pages.look().rowAt(0)?.id).toBe('trip 10000');
    expect(pages.look().rowAt(9_999)).toBeUndefined();
    pages.want(9_950, 9_999);
    await vi.waitFor(() => expect(pages.look().rowAt(9_999)?.id).toBe('trip 1'));
    expect(server.asked).toEqual(['1', '100 as of 10000']);
    pages.want(9_950, 9_999);
    expect(server.asked).toHaveLength(2);
    pages.stop();
  });

  it('[PAGE32] when something has happened all that is looked at is of the new state, and shown without a gap', async () => {
    const { server, read } = serverOf(250);
    const pages = new TripPages({}, read);
    pages.want(0, 150);
    await vi.waitFor(() => expect(pages.look().rowAt(150)?.id).toBe('trip 100'));
    const gaps: number[] = [];
    pages.subscribe(() => {
      if (!pages.look().rowAt(0) || !pages.look().rowAt(150)) gaps.push(1);
    });
    server.count = 251;
    await pages.renew();
    await vi.waitFor(() => expect(pages.look().rowAt(150)?.id).toBe('trip 101'));
    expect(pages.look()).toMatchObject({ total: 251 });
    expect(pages.look().rowAt(0)?.id).toBe('trip 251');
    expect(gaps).toEqual([]);
    pages.stop();
  });

  it('[PAGE35] a page that cannot be read is named while it is looked at, and read when it is asked for again', async () => {
    const { server, read } = serverOf(250);
    const pages = new TripPages({}, read);
    await vi.waitFor(() => expect(pages.look().total).toBe(250));
    server.isAway = true;
    pages.want(120, 130);
    await vi.waitFor(() => expect(pages.look().failure?.rows).toEqual([100, 199]));
    expect(pages.look().failure?.cause.status).toBe(503);
    expect(pages.look().rowAt(0)?.id).toBe('trip 250');
    pages.want(0, 20);
    expect(pages.look().failure).toBeUndefined();
    server.isAway = false;
    pages.want(120, 130);
    await vi.waitFor(() => expect(pages.look().rowAt(120)?.id).toBe('trip 130'));
    server.isAway = true;
    pages.want(210, 240);
    await vi.waitFor(() => expect(pages.look().failure?.rows).toEqual([200, 249]));
    server.isAway = false;
    pages.again();
    await vi.waitFor(() => expect(pages.look().rowAt(240)?.id).toBe('trip 10'));
    expect(pages.look().failure).toBeUndefined();
    pages.stop();
  });

  it('[PAGE35] a list that cannot be read anew stays, says so, and is read when it is asked for again', async () => {
    const { server, read } = serverOf(50);
    const pages = new TripPages({}, read);
    await vi.waitFor(() => expect(pages.look().total).toBe(50));
    server.isAway = true;
    await pages.renew();
    expect(pages.look()).toMatchObject({ total: 50, failure: { cause: { status: 503 } } });
    expect(pages.look().failure?.rows).toBeUndefined();
    expect(pages.look().rowAt(0)?.id).toBe('trip 50');
    server.isAway = false;
    server.count = 51;
    pages.again();
    await vi.waitFor(() => expect(pages.look().rowAt(0)?.id).toBe('trip 51'));
    expect(pages.look().failure).toBeUndefined();
    pages.stop();
  });
});
