import { beforeEach, describe, expect, it } from 'vitest';
import { Tracing } from '#libs/observability';
import { until } from '#libs/testing';
import { FollowedPlace, type PlaceChange } from './followed-place.js';
import { type PersonHere, type PlaceSnapshot } from './place.js';

const here = (device: string, away = false): PersonHere => ({
  since: 1,
  devices: { [device]: { since: 1, meta: { away } } },
});

describe(FollowedPlace.name, () => {
  /** What Redis has; a test that sets it without an announcement loses that one. */
  let stored: PlaceSnapshot;
  let place: FollowedPlace;
  let changes: PlaceChange[];
  let reads: number;

  beforeEach(async () => {
    stored = snapshot(7, { ann: here('a1') });
    changes = [];
    reads = 0;
    const read = () => {
      reads += 1;
      return Promise.resolve(stored);
    };
    place = new FollowedPlace('room:lobby', true, read, new Tracing(undefined));
    place.listeners.add((change) => changes.push(change));
    await place.opened();
  });

  function snapshot(revision: number, people: Record<string, PersonHere>): PlaceSnapshot {
    const entries = Object.entries(people);
    return { revision, count: entries.length, people: new Map(entries), lastLeftAt: null };
  }

  function announce(
    after: number,
    revision: number,
    count: number,
    people: Record<string, PersonHere | null>,
  ): void {
    const message = JSON.stringify({ revision, facts: [{ after, count, people }] });
    place.handler(Buffer.from(message), Buffer.from('channel'));
  }

  const told = () =>
    changes.map(({ count, arrived, left, changed }) => ({
      count,
      arrived: [...arrived.keys()],
      left: [...left.keys()],
      changed: [...changed.keys()],
    }));

  it('[PRES4] shows a snapshot, then each change once and in order', () => {
    expect([...place.people.keys()]).toEqual(['ann']);
    announce(7, 9, 2, { bob: here('b1') });
    announce(7, 9, 2, { bob: here('b1') });
    announce(9, 12, 2, { bob: here('b1', true) });
    announce(12, 13, 1, { ann: null });
    expect(told()).toEqual([
      { count: 2, arrived: ['bob'], left: [], changed: [] },
      { count: 2, arrived: [], left: [], changed: ['bob'] },
      { count: 1, arrived: [], left: ['ann'], changed: [] },
    ]);
    expect(reads).toBe(1);
  });

  it('[PRES4] reads anew when an announcement is missing, and tells what is different', async () => {
    stored = snapshot(12, { bob: here('b1'), cas: here('c1') });
    announce(11, 12, 2, { cas: here('c1') });
    await until('it was read anew', () => changes.length > 0);
    expect(told()).toEqual([{ count: 2, arrived: ['bob', 'cas'], left: ['ann'], changed: [] }]);
    announce(12, 15, 3, { dan: here('d1') });
    expect(place.count).toBe(3);
  });

  it('[PRES4] a place that was empty meanwhile does not look the same', async () => {
    announce(7, 8, 0, { ann: null });
    announce(0, 11, 1, { bob: here('b1') });
    expect(reads).toBe(1);
    // Bob left and Cas came: neither was heard of.
    stored = snapshot(21, { dan: here('d1'), cas: here('c1') });
    announce(20, 21, 2, { dan: here('d1') });
    await until('it was read anew', () => reads === 2 && place.count === 2);
    expect([...place.people.keys()].toSorted()).toEqual(['cas', 'dan']);
  });

  it('[PRES4] what comes while it is read anew follows the snapshot', async () => {
    stored = snapshot(12, { ann: here('a1'), bob: here('b1') });
    place.readAnew();
    announce(12, 13, 1, { ann: null });
    await until('both are applied', () => place.count === 1);
    expect([...place.people.keys()]).toEqual(['bob']);
  });
});
