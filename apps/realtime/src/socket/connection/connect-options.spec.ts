import { describe, expect, it } from 'vitest';
import { FeedMode, Namespace } from '#libs/contracts';
import { NO_CONNECT_OPTIONS, readConnectOptions } from './connect-options.js';

const ROME = { bbox: [12.4, 41.8, 12.6, 42], zoom: 12 };
const ignoredOf = (namespace: Namespace, auth: unknown) =>
  readConnectOptions(namespace, auth).ignored.map(({ field }) => field);

describe(readConnectOptions.name, () => {
  it('[NSP3] what is right is read', () => {
    const auth = { token: 'x', trips: { t1: 3, t2: 0 }, feed: 'frames', viewport: ROME };
    const { trips, feed, viewport, ignored } = readConnectOptions(Namespace.admin, auth);
    expect([...trips]).toEqual([
      ['t1', 3],
      ['t2', 0],
    ]);
    expect([feed, viewport, ignored]).toEqual([
      FeedMode.frames,
      { bbox: { west: 12.4, south: 41.8, east: 12.6, north: 42 }, zoom: 12 },
      [],
    ]);
  });

  it('[NSP3] a viewport that is none is ignored, with the reason; longitudes are wrapped', () => {
    for (const viewport of [
      null,
      [],
      '',
      'Rome',
      5,
      true,
      {},
      { bbox: null, zoom: 3 },
      { bbox: [1, 2, 3], zoom: 3 },
      { bbox: ['1', '2', '3', 'x'], zoom: 3 },
      { bbox: [Number.NaN, 0, 1, 1], zoom: 3 },
      { bbox: [0, 5, 1, 4], zoom: 3 },
      { bbox: [0, 0, 1, 1], zoom: '0x3' },
      { bbox: [0, 0, 1, 1] },
      { bbox: [0, 0, 1, 1], zoom: 99 },
      { bbox: [[0], 0, 1, 1], zoom: 3 },
    ]) {
      const options = readConnectOptions(Namespace.admin, { viewport });
      expect([viewport, options.viewport]).toEqual([viewport, undefined]);
      expect(options.ignored).toEqual([{ field: 'viewport', reason: expect.stringMatching(/./) }]);
    }
    const wide = { bbox: { west: 170, south: 0, east: 190, north: 1 }, zoom: 3 };
    const { viewport, ignored } = readConnectOptions(Namespace.admin, { viewport: wide });
    expect(viewport?.bbox).toEqual({ west: 170, south: 0, east: -170, north: 1 });
    expect(ignored).toEqual([]);
  });

  it('[NSP3] numbers, flags and words are read in the spellings of requests', () => {
    const { trips, feed, viewport, ignored } = readConnectOptions(Namespace.admin, {
      trips: { t1: ' 7 ', '0F8FAD5B-D9CB-469F-A165-70867728950E': 2 },
      feed: ' Frames',
      viewport: { bbox: ['12.4', 41.8, '12.6', '42'], zoom: '12', singles: '5', keep: 'TRUE' },
    });
    expect([[...trips], feed, viewport, ignored]).toEqual([
      [
        ['t1', 7],
        ['0f8fad5b-d9cb-469f-a165-70867728950e', 2],
      ],
      FeedMode.frames,
      {
        bbox: { west: 12.4, south: 41.8, east: 12.6, north: 42 },
        zoom: 12,
        singles: 5,
        keep: true,
      },
      [],
    ]);
  });

  it('[NSP3] odd feeds and trips are ignored one by one, and the rest is read', () => {
    for (const feed of [null, '', 'all', 5, ['frames'], {}]) {
      expect(readConnectOptions(Namespace.admin, { feed }).feed).toBe(FeedMode.events);
      expect(ignoredOf(Namespace.admin, { feed })).toEqual(['feed']);
    }
    for (const trips of [null, '', 't1', 5, ['t1']]) {
      expect(ignoredOf(Namespace.drivers, { trips })).toEqual(['trips']);
    }
    const mixed = { t1: 1, t2: 'two', t3: -1, t4: 1.5, t5: null, 'no id': 1, t6: 6 };
    const options = readConnectOptions(Namespace.passengers, { trips: mixed });
    expect([...options.trips.keys()]).toEqual(['t1', 't6']);
    expect(options.ignored.map(({ field }) => field)).toEqual(
      ['t2', 't3', 't4', 't5', 'no id'].map((id) => `trips.${id}`),
    );
  });

  it('[NSP3] conversations are read on /chat alone, in whatever spelling', () => {
    const chats = {
      lobby: 4,
      'room: Har\u00adbour\u200b ': 2,
      'trip:t1': 0,
      nonsense: 1,
      'direct:a:a': 1,
    };
    const options = readConnectOptions(Namespace.chat, { chats, trips: { t1: 1 } });
    expect([...options.chats]).toEqual([
      ['lobby', 4],
      ['room:harbour', 2],
      ['trip:t1', 0],
    ]);
    expect(options.trips.size).toBe(0);
    expect(options.ignored.map(({ field }) => field)).toEqual([
      'chats.nonsense',
      'chats.direct:a:a',
    ]);
    expect(readConnectOptions(Namespace.drivers, { chats })).toBe(NO_CONNECT_OPTIONS);
  });

  it('[NSP3] what is told of odd parts is bounded', () => {
    const many = (value: unknown) =>
      Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`t${i}`, value]));
    expect(readConnectOptions(Namespace.drivers, { trips: many(1) }).trips.size).toBe(20);
    expect(ignoredOf(Namespace.drivers, { trips: many(1) })).toEqual(['trips']);
    expect(ignoredOf(Namespace.drivers, { trips: many(null) })).toHaveLength(10);
    const [long] = ignoredOf(Namespace.drivers, { trips: { ['x'.repeat(60_000)]: 1 } });
    expect(long).toHaveLength(64);
  });

  it('[NSP3] who asks for nothing costs nothing, and nobody is asked for what is of elsewhere', () => {
    for (const auth of [undefined, null, {}, { token: 'x', deviceId: 5 }, [], 'x', 5]) {
      for (const namespace of Object.values(Namespace)) {
        expect(readConnectOptions(namespace, auth)).toBe(NO_CONNECT_OPTIONS);
      }
    }
    expect(readConnectOptions(Namespace.drivers, { viewport: null, feed: 5 })).toBe(
      NO_CONNECT_OPTIONS,
    );
    expect(readConnectOptions(Namespace.chat, { trips: null })).toBe(NO_CONNECT_OPTIONS);
  });
});
