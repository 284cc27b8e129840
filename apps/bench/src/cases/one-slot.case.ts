import { AuthModule, AuthService } from '#libs/auth';
import { AvailabilityModule, AvailabilityService } from '#libs/drivers';
import { RedisCommands } from '#libs/redis';
import { TripsModule } from '#libs/trips';
import { isWithin, type BenchCase, type Row } from '../bench-case.js';
import { benchEnvironment } from '../servers/bench-environment.js';
import { flush } from '../servers/empty-redis.js';
import { withModules } from '../servers/module-context.js';
import { rideTrips } from '../servers/prepared-trips.js';
import { prepareUsers } from '../servers/prepared-users.js';
import { ServerKind } from '../servers/server-kind.js';
import { number } from './ping-rows.js';

const DRIVERS = 50_000;
const ROUNDS = 4;
const TRIPS = 2_000;
/** So many ride at once: an instance never waits for one trip alone. */
const TRIPS_AT_ONCE = 50;
/** As many as come in one turn of a busy instance. */
const CHECKS_AT_ONCE = 20;
const SESSIONS = 5_000;
const LEASE_MS = 60_000;

/** What a whole country would ask of the one slot. */
const WANTED = { drivers: 1_000_000, tripsPerSecond: 500, renewalIntervalMs: 10_000 };
/** What is left of a core for bursts and for what is not measured here. */
const USABLE = 0.6;

interface Cost {
  what: string;
  times: number;
  /** Of the main thread of Redis, for each. */
  cpuMicroseconds: number;
}

export const oneSlotCase: BenchCase = {
  number: 11,
  title: 'what one core of Redis bears of that which lies in one slot',
  connections: () => 0,
  async run(context) {
    const scale = context.arguments.quick ? 10 : 1;
    const environment = benchEnvironment(context.redisUrl);
    await flush(environment);
    const modules = [AuthModule, AvailabilityModule, TripsModule];
    const costs = await withModules(environment.parsed, modules, async (app) => {
      const redis = app.get(RedisCommands);
      const availability = app.get(AvailabilityService, { strict: false });
      const measured: Cost[] = [];
      const measure = async (what: string, times: number, work: () => Promise<unknown>) => {
        const before = await cpuSeconds(redis);
        await work();
        const cpuMicroseconds = (((await cpuSeconds(redis)) - before) * 1e6) / times;
        measured.push({ what, times, cpuMicroseconds });
        context.progress(`  ${what}: ${cpuMicroseconds.toFixed(1)} us of Redis each`);
      };

      const drivers = Array.from({ length: DRIVERS / scale }, (_, i) => `driver-${i}`);
      await inParts(drivers, 500, (part) =>
        Promise.all(part.map((id) => availability.connect(id))),
      );
      const holds = drivers.map((driverId) => ({ driverId, remainingMs: LEASE_MS }));
      await measure('renewal of a lease', ROUNDS * drivers.length, async () => {
        for (let round = 0; round < ROUNDS; round += 1) await availability.renew(holds);
      });

      const riding = drivers.slice(0, TRIPS / scale);
      const trips = riding.map((driverId, i) => ({
        tripId: `trip-${i}`,
        driverId,
        passengerId: `passenger-${i}`,
      }));
      await inParts(riding, TRIPS_AT_ONCE, (part) =>
        Promise.all(part.map((id) => availability.updateStatus(id, { isAvailableForTrips: true }))),
      );
      await measure('trip, from its request to its end', trips.length, () =>
        inParts(trips, TRIPS_AT_ONCE, (part) => rideTrips(app, part)),
      );

      const people = Array.from({ length: SESSIONS / scale }, (_, i) => `person-${i}`);
      let tokens: string[] = [];
      await measure('account, with its first session', people.length, async () => {
        tokens = (await prepareUsers(environment.parsed, people, 0)).driverTokens;
      });
      const auth = app.get(AuthService, { strict: false });
      await measure('check of a session', ROUNDS * tokens.length, async () => {
        for (let round = 0; round < ROUNDS; round += 1)
          await inParts(tokens, CHECKS_AT_ONCE, (part) =>
            Promise.all(part.map((token) => auth.authenticate(token))),
          );
      });
      return measured;
    });
    const [renewal, trip] = costs.map(({ cpuMicroseconds }) => cpuMicroseconds / 1e6);
    const { drivers, tripsPerSecond, renewalIntervalMs } = WANTED;
    const renewalsPerSecond = drivers / (renewalIntervalMs / 1_000);
    const cores = renewalsPerSecond * renewal! + tripsPerSecond * trip!;
    const full = (USABLE - tripsPerSecond * trip!) / renewal!;
    return {
      rows: costs.map(rowOf),
      targets: [
        {
          what: `cores of Redis for ${number(drivers)} drivers and ${tripsPerSecond} trips a second`,
          figures: { [ServerKind.ridewire]: cores.toFixed(2) },
          target: `at most ${USABLE}`,
          met: isWithin(cores, USABLE),
        },
      ],
      notes: [
        `Beside ${tripsPerSecond} trips a second ${USABLE * 100} % of a core renew the leases of ` +
          `${number(Math.max(0, full * (renewalIntervalMs / 1_000)))} drivers every ${renewalIntervalMs / 1_000} s.`,
        'CPU time of the main thread of Redis, so that other programs of the machine do not count.',
      ],
      runs: costs,
    };
  },
};

async function inParts<Item>(
  items: readonly Item[],
  size: number,
  work: (part: Item[]) => Promise<unknown>,
): Promise<void> {
  for (let i = 0; i < items.length; i += size) await work(items.slice(i, i + size));
}

async function cpuSeconds(redis: RedisCommands): Promise<number> {
  const info = await redis.do((client) => client.info('cpu'));
  const parts = [...info.matchAll(/^used_cpu_(?:sys|user)_main_thread:([\d.]+)/gm)];
  return parts.reduce((sum, [, seconds]) => sum + Number(seconds), 0);
}

function rowOf({ what, times, cpuMicroseconds }: Cost): Row {
  return {
    what,
    times: number(times),
    'us of Redis': number(cpuMicroseconds, 1),
    'a second on one core': number(1e6 / cpuMicroseconds),
    'with room': number((USABLE * 1e6) / cpuMicroseconds),
  };
}
