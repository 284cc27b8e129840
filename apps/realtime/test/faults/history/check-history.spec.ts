import { describe, expect, it } from 'vitest';
import { checkPositions, type PositionHistory } from './check-positions.js';
import { checkSessions } from './check-sessions.js';
import { checkStreams } from './check-streams.js';
import {
  ANY_ORDER,
  type Deed,
  type KeptEntry,
  type KeptStream,
  type StreamHistory,
} from './stream-history.js';

const entry = (version: number, type: string, deed?: string): KeptEntry => ({
  version,
  type,
  told: { passenger: `trip:${type}` },
  ...(deed === undefined ? {} : { deed }),
});
const deed = (
  key: string,
  startedAt: number,
  version?: number,
  more: Partial<Deed> = {},
): Deed => ({
  stream: 't',
  key,
  startedAt,
  endedAt: startedAt + 5,
  outcome: 'acknowledged',
  ...(version === undefined ? {} : { version }),
  ...more,
});
const ENTRIES = [entry(1, 'requested', 'request'), entry(2, 'offered'), entry(3, 'taken', 'take')];
const view = (observer: string, entries: readonly KeptEntry[] = ENTRIES): KeptStream => ({
  stream: 't',
  observer,
  entries,
  isWhole: true,
});
const heard = (...versions: number[]) =>
  versions.map((version) => ({ version, event: ENTRIES[version - 1]!.told['passenger']! }));

/** A ride as it should be. */
const RIGHT: StreamHistory = {
  deeds: [deed('request', 0, 1), deed('take', 10, 3)],
  kept: [view('instance 1'), view('instance 2')],
  listeners: [{ name: 'ann', stream: 't', audience: 'passenger', heard: heard(1, 2, 3) }],
  deliveries: ENTRIES.map(({ version, type }) => ({
    receiver: 'books',
    stream: 't',
    version,
    type,
  })),
  receivers: ['books'],
  rules: {
    first: 'requested',
    after: { taken: 'offered' },
    once: ['requested', 'taken'],
    final: ['over'],
    afterEnd: ['archived'],
  },
};

/** What the checker says of the ride when this is different about it. */
const kindsOf = (changed: Partial<StreamHistory>): string[] => [
  ...new Set(checkStreams({ ...RIGHT, ...changed }).map(({ kind }) => kind)),
];
const keptAs = (...entries: KeptEntry[]) => ({
  kept: [view('instance 1', entries), view('instance 2', entries)],
  listeners: [],
  receivers: [],
});
const [requested, offered, taken] = ENTRIES as [KeptEntry, KeptEntry, KeptEntry];

describe('the checker of histories', () => {
  it('[HIST1] finds nothing wrong with what can have happened', () => {
    expect(checkStreams(RIGHT)).toEqual([]);
    // Nobody knows what became of it: it may be there, or not.
    const unknown = { outcome: 'unknown' } as const;
    expect(kindsOf({ deeds: [RIGHT.deeds[0]!, deed('take', 10, undefined, unknown)] })).toEqual([]);
    expect(
      kindsOf({
        deeds: [...RIGHT.deeds, deed('cancel', 20, undefined, unknown)],
      }),
    ).toEqual([]);
    // A retry that was answered as the first time.
    expect(kindsOf({ deeds: [...RIGHT.deeds, deed('take', 30, 3)] })).toEqual([]);
    expect(
      kindsOf({ deeds: [...RIGHT.deeds, deed('no', 5, undefined, { outcome: 'refused' })] }),
    ).toEqual([]);
    // A state in the place of what came before it, also one that is shown again.
    const state = [{ version: 2 }, ...heard(3), { version: 3 }];
    expect(
      kindsOf({ listeners: [{ name: 'ann', stream: 't', audience: 'passenger', heard: state }] }),
    ).toEqual([]);
    // At least once.
    expect(kindsOf({ deliveries: [...RIGHT.deliveries, ...RIGHT.deliveries] })).toEqual([]);
  });

  it('[HIST1] finds what was acknowledged and is lost, also with everything else of its trip', () => {
    expect(kindsOf(keptAs(requested, offered))).toEqual(['lost']);
    expect(kindsOf({ ...keptAs(), kept: [] })).toEqual(['lost']);
  });

  it('[HIST1] finds what is there twice, though nobody knows that it was done', () => {
    const twice = keptAs(
      requested,
      offered,
      taken,
      entry(4, 'noted', 'note'),
      entry(5, 'noted', 'note'),
    );
    const note = deed('note', 20, undefined, { outcome: 'unknown' });
    expect(kindsOf({ ...twice, deeds: [...RIGHT.deeds, note] })).toEqual(['doubled']);
  });

  it('[HIST1] finds what was done though it was refused, and what nobody has asked for', () => {
    const refused = deed('take', 10, undefined, { outcome: 'refused' });
    expect(kindsOf({ deeds: [RIGHT.deeds[0]!, refused] })).toEqual(['done though refused']);
    expect(kindsOf({ deeds: [RIGHT.deeds[0]!] })).toEqual(['invented']);
  });

  it('[HIST1] finds another number than the one that was promised', () => {
    expect(kindsOf({ deeds: [deed('request', 0, 1), deed('take', 10, 2)] })).toEqual([
      'renumbered',
    ]);
  });

  it('[HIST1] finds an order that contradicts the time at which things were done', () => {
    const messages = [entry(1, 'message', 'late'), entry(2, 'message', 'early')];
    const history: StreamHistory = {
      ...RIGHT,
      kept: [view('instance 1', messages)],
      deeds: [deed('early', 0), deed('late', 10)],
      listeners: [],
      receivers: [],
      rules: ANY_ORDER,
    };
    expect(checkStreams(history).map(({ kind }) => kind)).toEqual(['out of order']);
    // Both at the same time: either may be first.
    const together = [deed('early', 0, undefined, { endedAt: 20 }), deed('late', 10)];
    expect(checkStreams({ ...history, deeds: together })).toEqual([]);
    // Not acknowledged: it may have been done at any time since.
    const unknown = [deed('early', 0, undefined, { outcome: 'unknown' }), deed('late', 10)];
    expect(checkStreams({ ...history, deeds: unknown })).toEqual([]);
  });

  it('[HIST1] finds steps that cannot follow each other', () => {
    const deeds = [deed('request', 0), deed('take', 10)];
    const kinds = (...entries: KeptEntry[]) =>
      kindsOf({ ...keptAs(...entries.map((each, i) => ({ ...each, version: i + 1 }))), deeds });
    expect(kinds(offered, taken, { ...requested, deed: 'take' })).toContain('impossible');
    expect(kinds(requested, taken)).toEqual(['impossible']);
    expect(kinds(requested, offered, taken, { ...taken, deed: undefined } as KeptEntry)).toEqual([
      'impossible',
    ]);
    expect(kinds(requested, entry(2, 'over'), offered, taken)).toEqual(['impossible']);
    expect(kinds(requested, offered, taken, entry(4, 'over'), entry(5, 'archived'))).toEqual([]);
  });

  it('[HIST1] finds numbers that are missing or there twice', () => {
    expect(kindsOf(keptAs(requested, offered, { ...taken, version: 4 }))).toContain('miscounted');
    expect(kindsOf(keptAs(requested, offered, { ...taken, version: 2 }))).toContain('miscounted');
  });

  it('[HIST1] finds instances that show different histories', () => {
    const other = [requested, { ...offered, told: {} }, taken];
    expect(kindsOf({ kept: [view('instance 1'), view('instance 2', other)] })).toEqual([
      'disagreement',
    ]);
  });

  it('[HIST1] finds what a client was told again, late, wrongly or not at all', () => {
    const told = (...entries: { version: number; event?: string }[]) =>
      kindsOf({ listeners: [{ name: 'ann', stream: 't', audience: 'passenger', heard: entries }] });
    expect(told(...heard(1, 2, 2, 3))).toEqual(['told again']);
    expect(told(...heard(1, 3, 2))).toEqual(['told again']);
    expect(told({ version: 2 }, ...heard(2, 3))).toEqual(['told again']);
    expect(told(...heard(1, 2), { version: 3, event: 'trip:cancelled' })).toEqual(['told wrongly']);
    expect(told(...heard(1, 2, 3), { version: 4, event: 'trip:taken' })).toEqual(['told wrongly']);
    expect(told(...heard(1, 3))).toEqual(['untold']);
    expect(told()).toEqual(['untold']);
  });

  it('[HIST1] of a driver nothing is due before the first that it heard, and all behind it', () => {
    const told = (...entries: { version: number; event?: string }[]) =>
      kindsOf({
        listeners: [
          { name: 'bo', stream: 't', audience: 'passenger', heard: entries, isFromFirst: true },
        ],
      });
    expect(told()).toEqual([]);
    expect(told(...heard(2, 3))).toEqual([]);
    expect(told(...heard(1, 3))).toEqual(['untold']);
    expect(told(...heard(2))).toEqual(['untold']);
  });

  it('[HIST1] finds what a webhook did not get, or first got behind something newer', () => {
    const got = (...versions: number[]) =>
      kindsOf({ deliveries: versions.map((version) => RIGHT.deliveries[version - 1]!) });
    expect(got(1, 2)).toEqual(['untold']);
    expect(got(1, 3, 2)).toEqual(['told again']);
    expect(got(1, 2, 1, 3)).toEqual([]);
  });

  it('[HIST1] finds positions that went back, were lost or never sent, and instances that differ', () => {
    const sent = [1, 2, 3].map((measuredAt) => ({
      driverId: 'd',
      measuredAt,
      isAcknowledged: measuredAt < 3,
    }));
    const shown = (...at: number[]) =>
      at.map((measuredAt) => ({ viewer: 'desk', driverId: 'd', measuredAt }));
    const kept = (...at: number[]) =>
      at.map((measuredAt, i) => ({ observer: `instance ${i}`, driverId: 'd', measuredAt }));
    const kinds = (changed: Partial<PositionHistory>) =>
      checkPositions({ sent, shown: shown(1, 2), kept: kept(2, 2), ...changed }).map(
        ({ kind }) => kind,
      );
    expect(kinds({})).toEqual([]);
    // The third was not acknowledged, and may be there all the same.
    expect(kinds({ kept: kept(3, 3), shown: shown(1, 1, 3) })).toEqual([]);
    expect(kinds({ shown: shown(1, 2, 1) })).toEqual(['back']);
    expect(kinds({ shown: shown(1, 7) })).toEqual(['invented']);
    expect(kinds({ kept: kept(1, 1) })).toEqual(['lost', 'lost']);
    expect(kinds({ kept: kept(2, 3) })).toEqual(['disagreement']);
    const other = [{ observer: 'instance 0', driverId: 'e', measuredAt: 1 }];
    expect(kinds({ kept: other })).toEqual(['invented', 'lost']);
  });

  it('[HIST1] finds whoever was served after the end of its session was acknowledged', () => {
    const history = {
      ended: [{ sid: 's', acknowledgedAt: 100 }],
      boundMs: 10,
      signs: [
        { sid: 's', at: 105, what: 'an answer' },
        { sid: 'other', at: 500, what: 'an answer' },
      ],
    };
    expect(checkSessions(history)).toEqual([]);
    const late = [...history.signs, { sid: 's', at: 111, what: 'trip:requested' }];
    expect(checkSessions({ ...history, signs: late })).toEqual([
      's had trip:requested 11 ms after its end was acknowledged',
    ]);
  });
});
