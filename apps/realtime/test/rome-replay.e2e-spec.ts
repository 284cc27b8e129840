import { afterEach, describe, expect, it } from 'vitest';
import {
  type DriverLocationUpdate,
  type DriverSnapshot,
  type FixResult,
  type LocationPingResult,
} from '#libs/contracts';
import { LocationService } from '#libs/location';
import {
  readTraces,
  seededRandom,
  shuffled,
  until,
  type ToldClient,
  type TraceFix,
} from '#libs/testing';
import { TestCluster, type TestUser } from './cluster.js';
import { referenceVerdicts } from './reference-verdicts.js';

const { byVehicle, source } = readTraces();
const taxis = [...byVehicle.values()].map((fixes) =>
  fixes.toSorted((a, b) => a.timestamp - b.timestamp),
);
const newestOf = (fixes: readonly TraceFix[]) =>
  fixes.reduce((newest, fix) => (fix.timestamp > newest.timestamp ? fix : newest));

/** Moves the recording to the last minutes, fractions of a millisecond included. */
const shiftMs = Date.now() - 2_000 - Math.max(...taxis.map((fixes) => newestOf(fixes).timestamp));
const recent = taxis.map((fixes) =>
  fixes.map((fix) => ({ ...fix, timestamp: fix.timestamp + shiftMs })),
);

const UNLIMITED = {
  WS_RATE_PER_SECOND: '1000000',
  WS_RATE_BURST: '1000000',
  LOCATION_HISTORY_LENGTH: '1000',
};
const EVERY_JUMP_BELIEVED = {
  LOCATION_MAX_SPEED_MPS: '100000',
  LOCATION_JUMP_SLACK_METERS: '100000000',
};

interface Taxi {
  user: TestUser;
  /** One connection to each instance. */
  clients: ToldClient[];
  fixes: TraceFix[];
}

/** Cuts fixes into pings of one to eight, single ones as objects. */
function toPings(fixes: readonly TraceFix[], random: () => number): TraceFix[][] {
  const pings: TraceFix[][] = [];
  for (let first = 0; first < fixes.length;) {
    const length = random() < 0.5 ? 1 : 1 + Math.floor(random() * 8);
    pings.push(fixes.slice(first, first + length));
    first += length;
  }
  return pings;
}

async function send(client: ToldClient, ping: TraceFix[]): Promise<FixResult[]> {
  const answer = await client.request<LocationPingResult>(
    'driver:location:ping',
    ping.length === 1 ? ping[0] : ping,
  );
  if (answer.ok) return answer.data!.results;
  expect(answer.error.code).toBe('FIX_REFUSED');
  return (answer.error.details as LocationPingResult).results;
}

/** Where a dispatcher shows each driver: the snapshot, then whatever changed. */
function shownBy(dispatcher: ToldClient): Map<string, { lat: number; lng: number }> {
  const shown = new Map<string, { lat: number; lng: number }>();
  for (const { event, payload } of dispatcher.received) {
    if (event === 'driver:snapshot') {
      for (const { driverId, position } of (payload as DriverSnapshot).drivers) {
        if (position) shown.set(driverId, { lat: position.lat, lng: position.lng });
      }
    } else if (event === 'driver:location:update') {
      const { driverId, coords } = payload as DriverLocationUpdate;
      shown.set(driverId, coords);
    }
  }
  return shown;
}

describe(`the traces of ${source} over two instances`, () => {
  let cluster: TestCluster;
  afterEach(() => cluster.close());

  const start = async (env: Record<string, string>) => {
    cluster = await TestCluster.start({ env: { ...UNLIMITED, ...env } });
    const dispatchers = await Promise.all(
      [0, 1].map(async (instance) => cluster.connect(await cluster.addUser('admin'), instance)),
    );
    const fleet: Taxi[] = await Promise.all(
      recent.map(async (fixes) => {
        const user = await cluster.addUser('driver');
        return {
          user,
          fixes,
          clients: await Promise.all([0, 1].map((i) => cluster.connect(user, i))),
        };
      }),
    );
    return { dispatchers, fleet };
  };
  const untilShown = (dispatchers: ToldClient[], expected: Map<string, TraceFix>) =>
    until('every dispatcher shows the newest valid fix of every taxi', () =>
      dispatchers.every((dispatcher) => {
        const shown = shownBy(dispatcher);
        return [...expected].every(
          ([id, { lat, lng }]) => shown.get(id)?.lat === lat && shown.get(id)?.lng === lng,
        );
      }),
    );

  it('[ORD2] fixes shuffled, repeated and sent through both instances at once end with the newest of every taxi', async () => {
    const { dispatchers, fleet } = await start(EVERY_JUMP_BELIEVED);
    await Promise.all(
      fleet.map(async ({ clients, fixes }, seed) => {
        const random = seededRandom(seed);
        const repeated = fixes.filter(() => random() < 0.15);
        const sent = [...fixes, ...repeated];
        await Promise.all(
          [sent.filter((_, i) => i % 2 === 0), sent.filter((_, i) => i % 2 === 1)].map(
            async (half, i) => {
              for (const ping of toPings(shuffled(half, random), random)) {
                for (const { verdict } of await send(clients[i]!, ping))
                  expect(verdict).not.toBe('implausible');
              }
            },
          ),
        );
      }),
    );
    await untilShown(
      dispatchers,
      new Map(fleet.map(({ user, fixes }) => [user.userId, newestOf(fixes)])),
    );
    const locations = cluster.instances[1]!.app.get(LocationService, { strict: false });
    for (const { user, fixes } of fleet) {
      const history = await locations.history(user.userId, 0, Date.now());
      const times = [...new Set(fixes.map(({ timestamp }) => timestamp))];
      expect(history.map(({ timestamp }) => timestamp)).toEqual(times);
    }
  });

  it('[LOC3] in the order recorded every fix gets the verdict that the published rules give it', async () => {
    const { dispatchers, fleet } = await start({});
    const expected = new Map<string, TraceFix>();
    let refused = 0;
    await Promise.all(
      fleet.map(async ({ user, clients, fixes }, seed) => {
        const random = seededRandom(1_000 + seed);
        const verdicts: string[] = [];
        let turn = 0;
        for (const ping of toPings(fixes, random)) {
          const results = await send(clients[(turn += 1) % 2]!, ping);
          verdicts.push(...results.map(({ verdict, reason }) => reason ?? verdict));
        }
        const reference = referenceVerdicts(fixes, { maxSpeedMps: 70, slackMeters: 300 });
        expect(verdicts).toEqual(reference);
        refused += reference.filter((verdict) => verdict === 'JUMP').length;
        expected.set(user.userId, fixes[reference.lastIndexOf('stored')]!);
      }),
    );
    expect(refused).toBeGreaterThan(10);
    await untilShown(dispatchers, expected);
  });

  it('[ORD2] with jumps refused, shuffled fixes end with the newest that was not refused', async () => {
    const { dispatchers, fleet } = await start({});
    const expected = new Map<string, TraceFix>();
    await Promise.all(
      fleet.map(async ({ user, clients, fixes }, seed) => {
        const random = seededRandom(2_000 + seed);
        const valid: TraceFix[] = [];
        let turn = 0;
        for (const ping of toPings(shuffled(fixes, random), random)) {
          const results = await send(clients[(turn += 1) % 2]!, ping);
          results.forEach(({ verdict }, i) => verdict !== 'implausible' && valid.push(ping[i]!));
        }
        expect(valid.length).toBeGreaterThan(fixes.length * 0.9);
        expected.set(user.userId, newestOf(valid));
      }),
    );
    await untilShown(dispatchers, expected);
  });
});
