import { type Type } from '@nestjs/common';
import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TripParty } from '#libs/contracts';
import { AvailabilityService } from '#libs/drivers';
import { LocationService } from '#libs/location';
import {
  sampleCard,
  sampleRequest,
  startModules,
  startTcpProxy,
  TripInstances,
  until,
  type TcpProxy,
} from '#libs/testing';
import {
  Odometer,
  openOffers,
  PersonalTrips,
  PersonalTripsModule,
  RidesService,
  TripHistoryType,
  TripsModule,
  TripsService,
  type TripCommand,
} from '#libs/trips';
import { MatchingModule } from './matching.module.js';

const PICKUP = { lat: 41.9, lng: 12.5, address: null };
const CANCEL: TripCommand = { kind: 'cancel', actor: { kind: TripParty.system }, reason: 'over' };

/** What an instance has read is true no more when it writes what follows from it. */
describe('a step that comes late', () => {
  let stage: TripInstances;
  /** Alone does what is due. Reaches Redis through the proxy. */
  let late: TestingModule;
  let proxy: TcpProxy;
  /** Erases people, as a command does. */
  let command: TestingModule;
  let trips = 0;

  beforeAll(async () => {
    const quick = {
      TRIP_TIMER_INTERVAL: '20ms',
      TRIP_LOST_CHECK_INTERVAL: '50ms',
      DRIVER_GRACE: '100ms',
      REAPER_INTERVAL: '50ms',
      DISPATCH_RETRY_INTERVAL: '1h',
      DISPATCH_SEARCH_TIME: '1h',
      TRIP_ODOMETER_INTERVAL: '1h',
    };
    stage = await TripInstances.start(quick, [TripsModule]);
    proxy = await startTcpProxy(Number(new URL(stage.environment.REDIS_URL).port));
    const throughProxy = {
      ...stage.environment,
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      // Longer than a busy machine takes for what is done while its connection is held.
      REDIS_COMMAND_TIMEOUT: 60_000,
    };
    [late, command] = await Promise.all([
      startModules(throughProxy, [MatchingModule]),
      startModules(stage.environment, [PersonalTripsModule]),
    ]);
  });
  afterAll(async () => {
    await Promise.all([stage, late, command].map((each) => each?.close()));
    await proxy?.close();
  });

  const ofLate = <T>(provider: Type<T>): T => late.get(provider, { strict: false });
  const timers = () => stage.redis.zrange(stage.key('timers'), '0', '-1');
  const entriesOf = async (tripId: string, type: TripHistoryType) =>
    (await stage.trips().historyAfter(tripId, 0))!.filter((entry) => entry.type === type);

  async function request(): Promise<string> {
    const tripId = `trip-${(trips += 1)}`;
    await stage.trips().request(sampleRequest(tripId, `passenger-of-${tripId}`));
    await stage.trips().apply(tripId, { kind: 'startAssigning' });
    return tripId;
  }

  async function take(tripId: string, driverId: string): Promise<void> {
    const offers = [{ driverId, distanceMeters: 100, etaMs: 60_000 }];
    const round = { radiusMeters: 1_000, found: 1, considered: [] };
    const offer = { kind: 'offer', round, offers, retryAt: 0 } as const;
    const { assignmentId } = openOffers((await stage.trips().apply(tripId, offer)).trip)[0]!;
    const driver = sampleCard(driverId);
    await stage.trips().apply(tripId, { kind: 'accept', assignmentId, driverId, driver });
  }

  /** A trip whose driver is on the way. */
  async function approaching(): Promise<{ tripId: string; driverId: string }> {
    const [driverId] = (await stage.freeDrivers(1)) as [string];
    const tripId = await request();
    await take(tripId, driverId);
    const way = { etaMs: null, position: null };
    await stage.trips().apply(tripId, { kind: 'approach', driverId, ...way });
    return { tripId, driverId };
  }

  const comeBack = (driverId: string) => stage.get(AvailabilityService).connect(driverId);
  /** The driver's last connection closes; the grace period then goes by. */
  async function vanish(driverId: string): Promise<void> {
    const { epoch } = await comeBack(driverId);
    await stage.get(AvailabilityService).disconnect(driverId, epoch);
  }

  it('[DISP6] takes no trip from a driver who came back while an instance was about to write that it is lost', async () => {
    const { tripId, driverId } = await approaching();
    const held = proxy.hold('trip:driver_lost');
    await vanish(driverId);
    const letGo = await held;
    await comeBack(driverId);
    letGo();
    await until('it is dealt with', async () => !(await timers()).includes(`vanished:${driverId}`));
    const status = 'arriving';
    expect(await stage.trips().get(tripId)).toMatchObject({ driverId, status, driverLostAt: 0 });
    expect(await entriesOf(tripId, TripHistoryType.driverLost)).toEqual([]);
  });

  it('[DISP6] says of no driver that it is back who went again while an instance was about to write that, and looks for it on', async () => {
    const { tripId, driverId } = await approaching();
    await stage.get(RidesService).start(driverId, tripId);
    await vanish(driverId);
    const lostAt = async () => (await stage.trips().get(tripId)).driverLostAt;
    await until('it is lost', async () => (await lostAt()) > 0);
    const held = proxy.hold('trip:driver_returned');
    await comeBack(driverId);
    const letGo = await held;
    await vanish(driverId);
    await until('it is gone', async () => (await stage.stateOf(driverId))?.live === false);
    letGo();
    // Behind what was held, on the same connection.
    await ofLate(TripsService).find(tripId);
    expect(await entriesOf(tripId, TripHistoryType.driverReturned)).toEqual([]);
    await comeBack(driverId);
    await until('it is found', async () => (await lostAt()) === 0);
    expect(await entriesOf(tripId, TripHistoryType.driverReturned)).toHaveLength(1);
  });

  it('[TRIP4] shows no passenger where a driver is who has lost the trip to another meanwhile', async () => {
    const [first, second] = [
      await stage.driverNear(PICKUP, 700),
      await stage.driverNear(PICKUP, 300),
    ];
    const tripId = await request();
    const held = proxy.hold('trip:driver_en_route');
    await take(tripId, first);
    const letGo = await held;
    await stage.trips().apply(tripId, { kind: 'loseDriver', driverId: first });
    await take(tripId, second);
    letGo();
    await until(
      'it is on the way',
      async () => (await stage.trips().get(tripId)).status === 'arriving',
    );
    const ways = (await entriesOf(tripId, TripHistoryType.enRoute)).map(
      ({ notices }) => notices[0]!.payload,
    );
    const [position] = await stage.get(LocationService).lastPositions([second]);
    const { lat, lng } = position!;
    expect(ways).toMatchObject([{ driverId: second, driverPosition: { lat, lng } }]);
  });

  it('[TRIP8] hands a trip over that was changed for the erasure of a person as it was about to leave', async () => {
    const tripId = await request();
    await stage.trips().apply(tripId, CANCEL);
    const held = proxy.hold(`archive:${tripId}`);
    const id = `passenger-of-${tripId}`;
    await Promise.all([
      ofLate(TripsService).archive(tripId),
      held.then(async (letGo) => {
        await command.get(PersonalTrips).erase({ id, pseudonym: 'erased-1' });
        letGo();
      }),
    ]);
    expect(await stage.trips().find(tripId)).toBeNull();
    const facts = (await stage.redis.xrange(stage.key('exports'), '-', '+'))
      .map(([, fields]) => fields)
      .filter(([, type, , subject]) => type === 'trip.archived' && subject === tripId);
    expect(facts).toHaveLength(1);
    expect(facts[0]!.join(' ')).toContain('erased-1');
    expect(facts[0]!.join(' ')).not.toContain(id);
  });

  it('[TRIP8] keeps no fixes of a ride that has ended meanwhile', async () => {
    const { tripId, driverId } = await approaching();
    await stage.get(RidesService).start(driverId, tripId);
    const { startedAt } = await stage.trips().get(tripId);
    const fixes = Array.from({ length: 150 }, (_, i) => ({ ...PICKUP, timestamp: startedAt + i }));
    await stage.get(LocationService).record(driverId, fixes, 0);
    const track = stage.key('trip', tripId, 'track');
    const held = proxy.hold(track);
    await Promise.all([
      ofLate(Odometer).keepFixesOf(driverId),
      held.then(async (letGo) => {
        await stage.get(RidesService).complete(driverId, tripId);
        letGo();
      }),
    ]);
    expect(await stage.redis.exists(track)).toBe(0);
  });
});
