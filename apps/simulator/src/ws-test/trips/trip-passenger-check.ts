import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientEnvironment } from '#libs/config';
import { Namespace, tripFactNames, PassengersRequest, TripStatus } from '#libs/contracts';
import { type Point } from '../../drives/geography.js';
import { CheckFailure, short, type CheckSocket, type Say } from '../check-socket.js';
import { Checklist } from '../checklist.js';
import { targetOf } from '../target.js';
import { placeAt, readTrip, requestTrip } from './trip-scene.js';
import { cancelOpenTrip, TripWitness } from './trip-witness.js';

const EVENTS = tripFactNames(Namespace.passengers);

/** A passenger's app: cars nearby, a trip requested and cancelled, and what a new connection gets. */
export async function checkTripPassenger(env: ClientEnvironment, say: Say): Promise<void> {
  const target = targetOf(env, Namespace.passengers);
  const list = new Checklist(say);
  const opened: CheckSocket[] = [];
  const open = async (name: string, handshake = {}): Promise<TripWitness> => {
    const witness = await TripWitness.open(name, { ...target, handshake }, EVENTS, say);
    opened.push(witness.socket);
    return witness;
  };
  const place = { lat: env.TEST_LAT, lng: env.TEST_LNG };
  try {
    await list.section('a passenger', async () => {
      const passenger = await list.step('connects and is greeted', () => open('passenger'));
      const { TEST_TRIP_ID } = env;
      const mayRequest = await cancelOpenTrip(passenger, say, TEST_TRIP_ID);
      await list.section('cars nearby', () => checkNearby(list, passenger.socket, place));
      if (TEST_TRIP_ID !== undefined) {
        await list.section(`trip ${TEST_TRIP_ID}`, () =>
          followTrip(list, passenger, TEST_TRIP_ID, env.SECONDS, say),
        );
      }
      const title = 'a trip requested and cancelled';
      if (mayRequest) {
        await list.section(title, () => checkCancelledTrip(list, passenger, place, open));
      } else list.leaveOut(`${title}; TEST_TRIP_ID is under way`);
      passenger.socket.assertAlive();
    });
  } finally {
    for (const socket of opened) socket.close();
  }
  list.conclude();
}

async function checkNearby(list: Checklist, socket: CheckSocket, place: Point): Promise<void> {
  await list.step('nearby:subscribe is answered with radius and limit', async () => {
    const data = await socket.request(PassengersRequest.nearbySubscribe, place);
    const { radiusMeters, limit } = (data ?? {}) as { radiusMeters?: number; limit?: number };
    if (!(radiusMeters! > 0 && limit! > 0)) throw new CheckFailure(`It is ${short(data)}.`);
  });
  await list.step('nearby:snapshot comes', () => socket.expectEvent('nearby:snapshot'));
  await list.step('nearby:unsubscribe is answered', () =>
    socket.request(PassengersRequest.nearbyUnsubscribe, {}),
  );
}

/** Gets what has happened to a trip of this passenger, and for a while what goes on happening. */
async function followTrip(
  list: Checklist,
  passenger: TripWitness,
  tripId: string,
  seconds: number,
  say: Say,
): Promise<void> {
  await list.step('trip:resume tells it from the beginning', () =>
    passenger.socket.request(PassengersRequest.tripResume, { tripId, version: 0 }),
  );
  say(`listening for ${seconds} s`);
  await sleep(seconds * 1_000);
  passenger.socket.assertAlive();
}

async function checkCancelledTrip(
  list: Checklist,
  passenger: TripWitness,
  place: Point,
  open: (name: string, handshake?: Record<string, unknown>) => Promise<TripWitness>,
): Promise<void> {
  const dropoff = placeAt(place, 90, 1_000);
  const key = randomUUID();
  const trip = await list.step(
    'trip:request is answered with a trip that is looking for a driver, and its fare',
    async () => {
      const made = await requestTrip(passenger.socket, place, dropoff, key);
      if (made.fareEstimatedTotal > 0) return made;
      throw new CheckFailure(`fareEstimatedTotal is ${made.fareEstimatedTotal}.`);
    },
  );
  const { tripId } = trip;
  let isOver = false;
  const cancel = async (): Promise<void> => {
    const ack = await passenger.socket.request(PassengersRequest.tripCancel, {
      tripId,
      reason: 'check',
    });
    isOver = true;
    readTrip(ack, TripStatus.cancelled);
  };
  try {
    await list.step('trip:requested and trip:assigning_started come', async () => {
      await passenger.expect(tripId, 'trip:requested');
      await passenger.expect(tripId, 'trip:assigning_started');
    });
    await list.step('the same request again is the same trip', async () => {
      const again = (await passenger.socket.request(PassengersRequest.tripRequest, {
        paymentMode: 'cash',
        pickupPoint: place,
        pickupAddress: 'Pickup of the check',
        stops: [{ point: dropoff, address: 'Dropoff of the check' }],
        idempotencyKey: key,
      })) as { tripId?: string };
      if (again.tripId !== tripId) throw new CheckFailure(`It is trip ${again.tripId}.`);
    });
    const other = await list.step('another connection is shown the trip under way', async () => {
      const connected = await open('2nd device');
      await connected.expectUnnumbered(tripId, 'trip:snapshot');
      return connected;
    });
    await list.step('trip:cancel is answered with the cancelled trip', cancel);
    await list.step('trip:cancelled comes to both connections', async () => {
      await passenger.expect(tripId, 'trip:cancelled');
      await other.expect(tripId, 'trip:cancelled');
    });
  } finally {
    if (!isOver) await cancel().catch(() => undefined);
  }
  list.expect('every event came once and in order', repeated(passenger.of(tripId)));
  await checkResume(list, passenger, tripId, open);
}

/** A client that names a version gets all that came after it, and no more. */
async function checkResume(
  list: Checklist,
  passenger: TripWitness,
  tripId: string,
  open: (name: string, handshake?: Record<string, unknown>) => Promise<TripWitness>,
): Promise<void> {
  const all = passenger.of(tripId).map(({ event }) => event);
  const first = passenger.of(tripId)[0]!.version;
  await list.step('a connection that names a version gets what it missed', async () => {
    const back = await open('back', { trips: { [tripId]: first } });
    await back.expect(tripId, 'trip:cancelled');
    assertNone(back.faults(tripId, all.slice(1)));
  });
  await list.step('trip:resume from version 0 gets everything', async () => {
    const fresh = await open('new device');
    await fresh.socket.request(PassengersRequest.tripResume, { tripId, version: 0 });
    await fresh.expect(tripId, 'trip:cancelled');
    assertNone(fresh.faults(tripId, all));
  });
}

function assertNone(faults: readonly string[]): void {
  if (faults.length > 0) throw new CheckFailure(faults.join('; '));
}

/** Whether a driver takes the trip meanwhile depends on who is near: only order and number are known. */
function repeated(heard: readonly { event: string; version: number }[]): string[] {
  return heard.flatMap(({ event, version }, i) =>
    version > (heard[i - 1]?.version ?? 0) ? [] : [`${event} came with version ${version} again`],
  );
}
