import { type TripCancelled, type TripFact, type TripView } from '#libs/contracts/browser';

/** Events that say fields of the trip under the same names. */
const SAYS_FIELDS = /driver_a(ccepted|ssigned)|completed|overridden/;

/** Events whose time stands under their name: `acceptedAt` and the like. */
const STAMPED = /^trip:(?:driver_)?(accepted|arrived|started|completed|cancelled)/;

const withoutDriver: Partial<TripView> = {
  driverId: null,
  driver: null,
  vehicle: null,
  assignmentId: null,
  acceptedAt: null,
  arrivedAt: null,
  waitingSurcharge: 0,
};

/** The driver is in reach again, or another one is looked for, or nobody waits any more. */
const ENDS_LOSS = /accepted|assigned|assigning|completed|cancelled|returned|no_drivers/;

/** What an event of a trip makes of it; the same as the server would show after the event. */
export function applyFact(trip: TripView, event: string, fact: TripFact): TripView {
  const { version, status, at } = fact;
  const { reason, by, surcharge } = fact as Partial<TripCancelled> & { surcharge?: number };
  const stamp = event === 'trip:driver_assigned' ? 'accepted' : STAMPED.exec(event)?.[1];
  return {
    ...trip,
    version,
    status,
    currentStatus: status,
    statusSince: status === trip.status ? trip.statusSince : at,
    ...(event === 'trip:assigning_started' && withoutDriver),
    ...(SAYS_FIELDS.test(event) && known(fact, trip)),
    ...(stamp && { [`${stamp}At`]: at }),
    ...(surcharge !== undefined && { waitingSurcharge: surcharge }),
    ...(event === 'trip:cancelled' && { cancellation: { by, reason } }),
    ...(event === 'trip:no_drivers_found' && { noDriversReason: reason }),
    driverLostAt:
      event === 'trip:driver_lost' ? at : ENDS_LOSS.test(event) ? null : trip.driverLostAt,
  } as TripView;
}

/** What an event says of the fields of a trip; null is what it does not know. */
function known(fact: TripFact, trip: TripView): object {
  return Object.fromEntries(
    Object.entries(fact).filter(([field, value]) => field in trip && value !== null),
  );
}
