import { describe, expect, it } from 'vitest';
import { until } from '#libs/testing';
import { FeedCursor } from './feed-cursor.js';

interface Change {
  revision: number;
  value: string;
}
interface Snapshot {
  revision: number;
  values: string[];
}

/** A feed whose snapshots are handed out by the test. */
function setUp() {
  const known: string[] = [];
  const troubles: string[] = [];
  const requests: ((snapshot: Snapshot | Error) => void)[] = [];
  const cursor = new FeedCursor<Change, Snapshot>({
    readSnapshot: () =>
      new Promise((resolve, reject) =>
        requests.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer))),
      ),
    applySnapshot: ({ values }) => known.splice(0, known.length, ...values),
    applyChanges: ({ value }) => known.push(value),
    onTrouble: (trouble) => troubles.push(trouble),
  });
  const answer = async (snapshot: Snapshot | Error) => {
    await until('a snapshot is asked for', () => requests.length > 0);
    requests.shift()!(snapshot);
  };
  return { cursor, known, troubles, answer, requests };
}

const change = (revision: number): Change => ({ revision, value: `c${revision}` });

describe(FeedCursor.name, () => {
  it('[FAN3] changes that come while the snapshot is read are applied after it, older ones not', async () => {
    const { cursor, known, answer } = setUp();
    const synced = cursor.sync();
    for (const revision of [4, 5, 6]) cursor.receive(change(revision));
    await answer({ revision: 5, values: ['s5'] });
    await synced;
    expect(known).toEqual(['s5', 'c6']);
    cursor.receive(change(7));
    cursor.receive(change(7));
    expect(known).toEqual(['s5', 'c6', 'c7']);
  });

  it('[FAN3] a missing number makes it read anew, and nothing is applied twice', async () => {
    const { cursor, known, troubles, answer } = setUp();
    void cursor.sync();
    await answer({ revision: 1, values: ['s1'] });
    await until('it is current', () => known.includes('s1'));
    cursor.receive(change(3));
    expect(troubles).toEqual(['gap']);
    cursor.receive(change(4));
    await answer({ revision: 3, values: ['s3'] });
    await until('it caught up', () => known.includes('c4'));
    expect(known).toEqual(['s3', 'c4']);
  });

  it('[FAN3] a number that is missing behind the snapshot makes it read anew', async () => {
    const { cursor, known, answer } = setUp();
    void cursor.sync();
    cursor.receive(change(8));
    await answer({ revision: 6, values: ['s6'] });
    await answer({ revision: 8, values: ['s8'] });
    await until('it read again', () => known.includes('s8'));
    expect(known).toEqual(['s8']);
  });

  it('[FAN3] a snapshot that was asked for before a lost connection does not count', async () => {
    const { cursor, known, answer } = setUp();
    const first = cursor.sync();
    const second = cursor.sync();
    await answer({ revision: 2, values: ['before'] });
    await answer({ revision: 9, values: ['after'] });
    await Promise.all([first, second]);
    expect(known).toEqual(['after']);
  });

  it('[FAN3] numbers that begin anew make it read anew, late ones from before the snapshot do not', async () => {
    const { cursor, known, troubles, answer, requests } = setUp();
    void cursor.sync();
    await answer({ revision: 5, values: ['s5'] });
    await until('it is current', () => known.includes('s5'));
    for (const revision of [4, 5, 6]) cursor.receive(change(revision));
    expect([known, troubles, requests]).toEqual([['s5', 'c6'], [], []]);
    cursor.receive(change(1));
    expect(troubles).toEqual(['gap']);
    await answer({ revision: 1, values: ['s1'] });
    await until('it read again', () => known.includes('s1'));
    cursor.receive(change(2));
    expect(known).toEqual(['s1', 'c2']);
  });

  it('[REDIS1] gathers nothing while no snapshot can be read, and says so once', async () => {
    const { cursor, known, troubles, answer } = setUp();
    const synced = cursor.sync();
    cursor.receive(change(9));
    await answer(new Error('away'));
    await answer(new Error('away'));
    // Had the change been kept, the number missing in front of it would make it read once more.
    await answer({ revision: 1, values: ['s1'] });
    await synced;
    cursor.receive(change(2));
    expect(known).toEqual(['s1', 'c2']);
    expect(troubles).toEqual(['unreadable']);
  });

  it('[REDIS1] goes on asking until a snapshot can be read', async () => {
    const { cursor, known, troubles, answer } = setUp();
    const synced = cursor.sync();
    await answer(new Error('away'));
    await answer({ revision: 1, values: ['s1'] });
    await synced;
    expect(known).toEqual(['s1']);
    expect(troubles).toEqual(['unreadable']);
  });
});
