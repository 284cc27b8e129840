import { type INestApplicationContext } from '@nestjs/common';
import { type Environment } from '#libs/config';
import { PaymentMode } from '#libs/contracts';
import { AvailabilityModule, AvailabilityService } from '#libs/drivers';
import { assignmentIdOf, TripsModule, TripsService, type TripCommand } from '#libs/trips';
import { withModules } from './module-context.js';

export interface PreparedTrip {
  tripId: string;
  driverId: string;
  passengerId: string;
}

const PICKUP = { lat: 41.9, lng: 12.5 };
const DROPOFF = { lat: 41.92, lng: 12.52 };
const NOBODY = { name: 'Bench', photoUrl: null, phoneMasked: null };

/** Trips that are under way with their drivers, by the services of production; no server runs yet. */
export function prepareTrips(
  environment: Environment,
  planned: readonly PreparedTrip[],
): Promise<void> {
  return withModules(environment, [AvailabilityModule, TripsModule], async (context) => {
    const availability = context.get(AvailabilityService, { strict: false });
    await Promise.all(
      planned.map(async ({ driverId }) => {
        await availability.connect(driverId);
        await availability.updateStatus(driverId, { isAvailableForTrips: true });
      }),
    );
    await beginTrips(context, planned);
  });
}

/** Whole trips, one after the other for each of their drivers, who are available. */
export async function rideTrips(
  context: INestApplicationContext,
  planned: readonly PreparedTrip[],
): Promise<void> {
  await beginTrips(context, planned);
  const trips = context.get(TripsService, { strict: false });
  const final = {
    fareTotal: 1_234,
    currency: 'EUR',
    distanceMeters: 5_600,
    durationMs: 754_000,
    breakdown: { base: 250, total: 1_234 },
  };
  await Promise.all(
    planned.map(({ tripId, driverId }) =>
      trips.apply(tripId, { kind: 'complete', driverId, final }),
    ),
  );
}

async function beginTrips(
  context: INestApplicationContext,
  planned: readonly PreparedTrip[],
): Promise<void> {
  const trips = context.get(TripsService, { strict: false });
  await Promise.all(
    planned.map(async ({ tripId, driverId, passengerId }) => {
      await trips.request({
        tripId,
        passenger: { ...NOBODY, id: passengerId },
        paymentMode: PaymentMode.cash,
        pickup: { ...PICKUP, address: null },
        stops: [{ ...DROPOFF, address: null }],
        vehicleCategoryId: null,
        serviceClassId: null,
        estimate: {
          total: 990,
          currency: 'EUR',
          distanceMeters: 4_000,
          durationMs: 600_000,
          surgeBasisPoints: 10_000,
        },
      });
      for (const command of waysToRide(tripId, driverId)) await trips.apply(tripId, command);
    }),
  );
}

function waysToRide(tripId: string, driverId: string): TripCommand[] {
  const driver = { ...NOBODY, id: driverId, phone: null, ratingAvg: null, ratingCount: null };
  return [
    { kind: 'startAssigning' },
    {
      kind: 'offer',
      round: { radiusMeters: 1_000, found: 1, considered: [] },
      offers: [{ driverId, distanceMeters: 640, etaMs: 82_000 }],
      retryAt: Date.now() + 4_000,
    },
    { kind: 'accept', assignmentId: assignmentIdOf(tripId, 1), driverId, driver },
    { kind: 'approach', etaMs: 82_000, position: PICKUP },
    { kind: 'arrive', driverId },
    { kind: 'start', driverId, waitingMs: 0, surcharge: 0 },
  ];
}
