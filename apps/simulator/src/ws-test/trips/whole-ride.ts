import { DriversRequest, TripStatus } from '#libs/contracts';
import { type Point } from '../../drives/geography.js';
import { type Checklist } from '../checklist.js';
import { CheckFailure } from '../check-socket.js';
import {
  drive,
  expectFields,
  offerTo,
  placeAt,
  readTrip,
  requestTrip,
  type TripCast,
} from './trip-scene.js';

const RIDE_METERS = 900;
/** From the way to the pickup on everybody gets the same. */
const RIDE = [
  'trip:arriving_started',
  'trip:driver_en_route',
  'trip:driver_arrived_pickup',
  'trip:started',
  'trip:completed',
];
const TOLD = {
  passenger: [
    'trip:requested',
    'trip:assigning_started',
    'trip:driver_accepted',
    'trip:driver_assigned',
    ...RIDE,
  ],
  driver: ['trip:assignment:offered', 'trip:assignment:accepted', 'trip:driver_assigned', ...RIDE],
  admin: [
    'trip:requested',
    'trip:assigning_started',
    'trip:assignment:offered',
    'trip:assignment:accepted',
    'trip:driver_assigned',
    ...RIDE,
  ],
};

/** From the request to the fare. */
export async function checkWholeRide(
  list: Checklist,
  cast: TripCast,
  pickup: Point,
): Promise<void> {
  const { passenger, admin, cab } = cast;
  const driver = cab.witness.socket;
  const dropoff = placeAt(pickup, 90, RIDE_METERS);
  const { tripId } = await list.step('the passenger requests a trip', () =>
    requestTrip(passenger.socket, pickup, dropoff),
  );
  const { assignmentId } = await list.step('the driver gets the offer', () => offerTo(cab, tripId));
  await list.step('the driver accepts', async () => {
    const ack = await driver.request(DriversRequest.offerAccept, { assignmentId });
    const { driverId } = ack as { driverId?: string };
    if (driverId !== cab.driverId) throw new CheckFailure(`The trip went to ${driverId}.`);
  });
  await list.step('the passenger is told who comes', async () => {
    expectFields(await passenger.expect(tripId, 'trip:driver_accepted'), {
      driverId: cab.driverId,
    });
    expectFields(await passenger.expect(tripId, 'trip:driver_en_route'), {
      driverId: cab.driverId,
    });
  });
  await list.step('the driver drives to the pickup and arrives', async () => {
    await drive(cab, pickup);
    readTrip(await driver.request(DriversRequest.tripArrive, { tripId }), TripStatus.arriving);
    await passenger.expect(tripId, 'trip:driver_arrived_pickup');
  });
  await list.step('the ride begins', async () => {
    readTrip(await driver.request(DriversRequest.tripStart, { tripId }), TripStatus.inProgress);
    await passenger.expect(tripId, 'trip:started');
  });
  await list.step('the driver drives to the dropoff', () => drive(cab, dropoff));
  await list.step('the ride ends with a fare and the distance that was driven', async () => {
    const ack = await driver.request(DriversRequest.tripComplete, { tripId });
    const { fareTotal, distanceMeters } = readTrip(ack, TripStatus.completed);
    if (!(fareTotal! > 0)) throw new CheckFailure(`fareTotal is ${fareTotal}.`);
    if (!(Math.abs(distanceMeters! - RIDE_METERS) < RIDE_METERS / 10)) {
      throw new CheckFailure(`distanceMeters is ${distanceMeters}, not about ${RIDE_METERS}.`);
    }
    for (const witness of [passenger, cab.witness, admin]) {
      expectFields(await witness.expect(tripId, 'trip:completed'), { fareTotal });
    }
  });
  for (const [witness, told] of [
    [passenger, TOLD.passenger],
    [cab.witness, TOLD.driver],
    [admin, TOLD.admin],
  ] as const) {
    list.expect(
      `the ${witness.name} heard all ${told.length} events once and in order`,
      witness.faults(tripId, told),
    );
  }
}
