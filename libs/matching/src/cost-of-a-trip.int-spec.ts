import { afterEach, describe, expect, it } from 'vitest';
import { LuaScript } from '#libs/redis';
import { sampleCard, sampleRequest, TripInstances, until, watchCommands } from '#libs/testing';
import { assignmentIdOf, type TripAnnouncement } from '#libs/trips';
import { MatchingModule } from './matching.module.js';

const PICKUP = { lat: 41.9, lng: 12.5, address: null };

/** The hash by which a script is called. */
function hashOf(path: string): string {
  const [folder, name] = path.split('/lua/') as [string, string];
  const caller = new URL(`../../trips/src/${folder}/`, import.meta.url).href;
  return LuaScript.load(caller, name.replace('.lua', '')).sha;
}

describe('what a trip costs Redis', () => {
  let stage: TripInstances;
  let stopListening = (): void => undefined;
  afterEach(async () => {
    stopListening();
    await stage.close();
  });

  async function start(overrides: Record<string, string>): Promise<string[][]> {
    stage = await TripInstances.start(
      { DISPATCH_DELIVERY_ACK: 'optional', DISPATCH_OFFER_TTL: '1h', ...overrides },
      [MatchingModule],
    );
    const { commands, stop } = await watchCommands(
      stage.environment.REDIS_URL,
      stage.environment.REDIS_KEY_PREFIX,
    );
    stopListening = stop;
    return commands;
  }

  const commitsIn = (commands: string[][]) =>
    commands.filter(([, sha]) => sha === hashOf('store/lua/commit_trip.lua')).length;
  const readsIn = (commands: string[][]) =>
    commands.filter(([name, key]) => name === 'hget' && key === stage.key('trip', 'trip-1')).length;
  const claimsIn = (commands: string[][]) =>
    commands.filter(([, sha]) => sha === hashOf('timers/lua/claim_timers.lua')).length;

  const untilTold = (heard: TripAnnouncement[], type: string) =>
    until(`${type} is told`, () =>
      heard.some(({ entries }) => entries.some((entry) => entry.type === type)),
    );

  it('[DISP10] from the request to the offer are two commits, and nothing is read that was just written', async () => {
    const commands = await start({});
    const near = await stage.driverNear(PICKUP, 100);
    const heard = await stage.listenFor(near);
    commands.splice(0);
    const { trip } = await stage.trips().request(sampleRequest('trip-1', 'passenger-1'));
    expect(trip.status).toBe('assigning');
    await untilTold(heard, 'driver_offered');
    await until('both steps are seen', () => commitsIn(commands) >= 2);
    expect([commitsIn(commands), readsIn(commands)]).toEqual([2, 0]);

    // The driver accepts and sets out: the acceptance has to be read, the way to the pickup has not.
    commands.splice(0);
    const answer = {
      assignmentId: assignmentIdOf('trip-1', 1),
      driverId: near,
      driver: sampleCard(near),
    };
    await stage.trips().apply('trip-1', { kind: 'accept', ...answer });
    await untilTold(heard, 'driver_en_route');
    await until('both steps are seen', () => commitsIn(commands) >= 2);
    expect([commitsIn(commands), readsIn(commands)]).toEqual([2, 1]);
  });

  it('[TRIP2] an instance sleeps until the next timer is due, and meets its own in time', async () => {
    const commands = await start({
      TRIP_TIMER_INTERVAL: '10s',
      DISPATCH_OFFER_TTL: '600ms',
      DISPATCH_MAX_OFFERS: '1',
    });
    const near = await stage.driverNear(PICKUP, 100);
    const heard = await stage.listenFor(near);
    commands.splice(0);
    await stage.trips().request(sampleRequest('trip-1', 'passenger-1'));
    await untilTold(heard, 'assignment_expired');
    const { offers } = await stage.trips(1).get('trip-1');
    // Long before the next look that an idle instance has.
    expect(offers[0]!.answeredAt - offers[0]!.expiresAt).toBeLessThan(5_000);
    // One for the offer, and what else two instances may have been looking for meanwhile.
    expect(claimsIn(commands)).toBeLessThanOrEqual(4);
  });

  it('[TRIP2] a timer that another instance has set and left is met at the next look at the latest', async () => {
    await start({ TRIP_TIMER_INTERVAL: '300ms' });
    await stage.redis.zadd(stage.key('timers'), Date.now() + 50, 'match:gone');
    await until(
      'it is dealt with',
      async () => (await stage.redis.zcard(stage.key('timers'))) === 0,
    );
  });
});
