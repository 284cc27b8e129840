import { PassengersRequest, TripStatus } from '#libs/contracts';
import { type Checklist } from '../checklist.js';
import {
  expectFields,
  offerTo,
  placeAt,
  readTrip,
  requestTrip,
  type TripCast,
} from './trip-scene.js';

const SLACK_MS = 5_000;
/** A minute is how long drivers are looked for where nobody set DISPATCH_SEARCH_TIME. */
const SEARCH_DEADLINE_MS = 75_000;

/** The driver looks away: once the passenger gives up, once the offer ends and nobody is left to ask. */
export async function checkUnansweredOffer(
  list: Checklist,
  { passenger, admin, cab }: TripCast,
): Promise<void> {
  const dropoff = placeAt(cab.place, 180, 1_000);
  const request = (): Promise<string> =>
    list.step('the passenger requests a trip, the driver does not answer', async () => {
      const { tripId } = await requestTrip(passenger.socket, cab.place, dropoff);
      await offerTo(cab, tripId);
      return tripId;
    });
  const first = await request();
  await list.step('the passenger cancels: the offer is taken back', async () => {
    const ack = await passenger.socket.request(PassengersRequest.tripCancel, { tripId: first });
    readTrip(ack, TripStatus.cancelled);
    await passenger.expect(first, 'trip:cancelled');
    for (const witness of [cab.witness, admin]) {
      const fact = await witness.expect(first, 'trip:offer:cancelled');
      expectFields(fact, { reason: 'trip_cancelled' });
    }
  });
  const begin = ['trip:requested', 'trip:assigning_started'];
  list.expect(
    'the passenger heard all of it',
    passenger.faults(first, [...begin, 'trip:cancelled']),
  );
  list.expect(
    'the driver heard all of it',
    cab.witness.faults(first, ['trip:assignment:offered', 'trip:offer:cancelled']),
  );
  list.expect(
    'the dispatcher heard all of it',
    admin.faults(first, [
      ...begin,
      'trip:assignment:offered',
      'trip:cancelled',
      'trip:offer:cancelled',
    ]),
  );

  const second = await request();
  await list.step('the offer ends after its time', async () => {
    const { ttlSec } = await offerTo(cab, second);
    const deadlineMs = ttlSec * 1_000 + SLACK_MS;
    expectFields(await cab.witness.expect(second, 'trip:offer:expired', deadlineMs), {
      reason: 'expired',
    });
    await admin.expect(second, 'trip:assignment:expired');
  });
  await list.step('nobody is left to ask: there is no driver', async () => {
    await passenger.expect(second, 'trip:no_drivers_found', SEARCH_DEADLINE_MS);
    await admin.expect(second, 'trip:no_drivers_found');
  });
  list.expect(
    'the passenger heard all of it',
    passenger.faults(second, [...begin, 'trip:no_drivers_found']),
  );
  list.expect(
    'the driver heard all of it',
    cab.witness.faults(second, ['trip:assignment:offered', 'trip:offer:expired']),
  );
  list.expect(
    'the dispatcher heard all of it',
    admin.faults(second, [
      ...begin,
      'trip:assignment:offered',
      'trip:assignment:expired',
      'trip:no_drivers_found',
    ]),
  );
}
