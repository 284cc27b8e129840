import { afterEach, describe, expect, it } from 'vitest';
import { createLogger, currentWork, Tracing, within, Work } from '#libs/observability';
import { DeliveryGate, type StreamStanding } from '#libs/redis';
import { until } from '#libs/testing';
import { type RealtimeSocket } from '../realtime-socket.js';
import { FrameLoop, type FrameSource, type Viewer } from './frame-loop.js';

interface Reader extends Viewer {
  name: string;
  unread: { bufferedAmount: number };
  connection: { closed: boolean };
}

function reader(name: string): Reader {
  const unread = { bufferedAmount: 0 };
  const connection = { closed: false };
  const socket = { data: { connection }, conn: { transport: { socket: unread } } };
  return { name, unread, connection, socket: socket as unknown as RealtimeSocket, isBehind: false };
}

describe(FrameLoop.name, () => {
  let opened: FrameLoop<Reader> | undefined;
  afterEach(() => opened?.stop());

  const open = (source: Partial<FrameSource<Reader>> = {}, gate = new DeliveryGate()) => {
    const shown: string[] = [];
    const heard: string[] = [];
    const counts = { looks: 0, ends: 0 };
    const loop = new FrameLoop<Reader>(
      {
        name: 'a trial',
        tickMs: 5,
        behindBytes: 100,
        caughtUpBytes: 10,
        look: () => {
          counts.looks += 1;
          return ({ name }) => void shown.push(name);
        },
        startOver: ({ name }) => void heard.push(`${name} starts over`),
        fallBehind: ({ name }) => void heard.push(`${name} falls behind`),
        end: () => void (counts.ends += 1),
        ...source,
      },
      gate,
      createLogger('silent'),
      new Tracing(undefined),
    );
    opened = loop;
    return { loop, shown, heard, counts };
  };
  const ticks = async (counts: { looks: number }, count = 3): Promise<void> => {
    const before = counts.looks;
    await until('it ticks', () => counts.looks >= before + count);
  };

  it('[FRAME1] looks once a tick for all who look, and not at all when nobody does', async () => {
    const { loop, shown, counts } = open();
    const [one, two] = [reader('one'), reader('two')];
    loop.add(one);
    loop.add(two);
    await until('both are shown it', () => shown.length >= 2);
    expect(shown.slice(0, 2)).toEqual(['one', 'two']);
    loop.delete(one);
    loop.delete(two);
    await until('it ends', () => counts.ends === 1);
    const { looks } = counts;
    loop.add(two);
    await ticks(counts);
    expect(counts.looks).toBeGreaterThan(looks);
    expect(shown.at(-1)).toBe('two');
  });

  it('[FRAME1] one that has just come is shown it before the tick', async () => {
    const { loop, shown } = open({ tickMs: 60_000 });
    const one = reader('one');
    loop.add(one);
    loop.hurry(one);
    await until('it is shown', () => shown.length === 1);
  });

  it('[FRAME1] looks for nobody’s request, whichever it began with', async () => {
    const works: unknown[] = [];
    const { loop, counts } = open({
      look: () => {
        counts.looks += 1;
        works.push(currentWork());
        return () => undefined;
      },
    });
    const one = reader('one');
    within(new Work('the request of the first'), () => {
      loop.add(one);
      loop.hurry(one);
    });
    await ticks(counts);
    expect(new Set(works)).toEqual(new Set([undefined]));
  });

  it('[FRAME2] who reads too slowly misses frames, and starts over once it has read', async () => {
    const { loop, shown, heard, counts } = open();
    const [slow, quick] = [reader('slow'), reader('quick')];
    loop.add(slow);
    loop.add(quick);
    await ticks(counts);
    slow.unread.bufferedAmount = 101;
    await until('it falls behind', () => heard.length === 1);
    shown.length = 0;
    slow.unread.bufferedAmount = 50;
    await ticks(counts);
    expect(shown).not.toContain('slow');
    expect(shown).toContain('quick');
    slow.unread.bufferedAmount = 9;
    await until('it is shown again', () => shown.includes('slow'));
    expect(heard).toEqual(['slow falls behind', 'slow starts over']);
  });

  it('[FRAME2] a look that takes long is shown in slices, and to nobody who left meanwhile', async () => {
    const readers = Array.from({ length: 20 }, (_, i) => reader(`${i}`));
    let otherTurns = 0;
    const { loop, shown } = open({
      look: () => (viewer) => {
        const endsAt = performance.now() + 2;
        while (performance.now() < endsAt);
        shown.push(viewer.name);
        if (viewer.name === '0') setImmediate(() => void (otherTurns = shown.length));
        if (viewer.name === '1') {
          loop.delete(readers[18]!);
          readers[19]!.connection.closed = true;
        }
      },
    });
    for (const each of readers) loop.add(each);
    await until('most are shown it', () => shown.includes('17'));
    expect(otherTurns).toBeGreaterThan(0);
    expect(otherTurns).toBeLessThan(18);
    expect(shown).not.toContain('18');
    expect(shown).not.toContain('19');
  });

  it('[FRAME3] shows nothing that Redis told while the instance may not know who was revoked', async () => {
    const gate = new DeliveryGate();
    let standing: StreamStanding = 'behind';
    gate.guardWith({
      get standing() {
        return standing;
      },
      settled: () => Promise.resolve(),
      onCurrent: () => undefined,
    });
    let looks = 0;
    const missed: string[] = [];
    const { loop, shown } = open(
      {
        look: () => {
          looks += 1;
          return Promise.resolve(({ name }) => void shown.push(name));
        },
        miss: ({ name }) => void missed.push(name),
      },
      gate,
    );
    loop.add(reader('one'));
    standing = 'cutOff';
    await until('it has looked', () => looks >= 2 && missed.length >= 2);
    expect(shown).toEqual([]);
    standing = 'current';
    await until('it is shown', () => shown.length > 0);
  });

  it('[FRAME1] goes on after a look that failed', async () => {
    let looks = 0;
    const { loop, shown } = open({
      look: () => {
        looks += 1;
        if (looks < 3) throw new Error('not yet');
        return ({ name }) => void shown.push(name);
      },
    });
    loop.add(reader('one'));
    await until('it is shown', () => shown.length > 0);
  });
});
