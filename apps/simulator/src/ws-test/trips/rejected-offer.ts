import { DriversRequest, OfferRejection, PassengersRequest, TripStatus } from '#libs/contracts';
import { type Checklist } from '../checklist.js';
import {
  expectFields,
  offerTo,
  placeAt,
  readTrip,
  requestTrip,
  type Cab,
  type TripCast,
} from './trip-scene.js';

const ON_THE_WAY = ['trip:arriving_started', 'trip:driver_en_route', 'trip:cancelled'];
const OFFERS = ['trip:assignment:offered', 'trip:assignment:rejected', 'trip:assignment:offered'];
const REASON = 'changed my mind';

/** The nearest driver does not want the trip, the second takes it, then the passenger cancels it. */
export async function checkRejectedOffer(
  list: Checklist,
  { passenger, admin, cab }: TripCast,
  otherCab: Cab,
): Promise<void> {
  const { tripId } = await list.step('the passenger requests a trip', () =>
    requestTrip(passenger.socket, cab.place, placeAt(cab.place, 180, 1_000)),
  );
  await list.step('the nearest driver is asked and rejects', async () => {
    const { assignmentId } = await offerTo(cab, tripId);
    const reason = OfferRejection.busy;
    await cab.witness.socket.request(DriversRequest.offerReject, { assignmentId, reason });
    expectFields(await admin.expect(tripId, 'trip:assignment:rejected'), {
      assignmentId,
      driverId: cab.driverId,
      reason,
    });
  });
  await list.step('the second driver is asked and accepts', async () => {
    const { assignmentId } = await offerTo(otherCab, tripId);
    await otherCab.witness.socket.request(DriversRequest.offerAccept, { assignmentId });
    expectFields(await passenger.expect(tripId, 'trip:driver_assigned'), {
      driverId: otherCab.driverId,
    });
    await passenger.expect(tripId, 'trip:driver_en_route');
  });
  await list.step('the passenger cancels, and all who follow the trip are told', async () => {
    const request = { tripId, reason: REASON };
    const ack = await passenger.socket.request(PassengersRequest.tripCancel, request);
    readTrip(ack, TripStatus.cancelled);
    for (const witness of [passenger, otherCab.witness, admin]) {
      const fact = await witness.expect(tripId, 'trip:cancelled');
      expectFields(fact, { by: 'passenger', reason: REASON, driverId: otherCab.driverId });
    }
  });
  const begin = ['trip:requested', 'trip:assigning_started'];
  const told = [
    [passenger, [...begin, 'trip:driver_accepted', 'trip:driver_assigned', ...ON_THE_WAY]],
    [cab.witness, ['trip:assignment:offered']],
    [
      otherCab.witness,
      [
        'trip:assignment:offered',
        'trip:assignment:accepted',
        'trip:driver_assigned',
        ...ON_THE_WAY,
      ],
    ],
    [
      admin,
      [...begin, ...OFFERS, 'trip:assignment:accepted', 'trip:driver_assigned', ...ON_THE_WAY],
    ],
  ] as const;
  for (const [witness, events] of told) {
    list.expect(
      `the ${witness.name} heard what concerns them once and in order`,
      witness.faults(tripId, events),
    );
  }
}
