import {
  type DriverAssigned,
  type NoDriversFound,
  type TripCancelled,
  type TripCompleted,
  type TripFact,
  type TripStatusOverridden,
  type TripView,
  type WaitingSurchargeApplied,
} from '#libs/contracts/browser';

/** What an event of a trip changes in it; the same as the server would show after the event. */
export function applyFact(trip: TripView, event: string, fact: TripFact): TripView {
  const { version, status, at } = fact;
  const statusSince = status === trip.status ? trip.statusSince : at;
  return {
    ...trip,
    version,
    status,
    currentStatus: status,
    statusSince,
    ...changesOf(event, fact),
  };
}

const withoutDriver: Partial<TripView> = {
  driverId: null,
  driver: null,
  assignmentId: null,
  acceptedAt: null,
  arrivedAt: null,
  driverLostAt: null,
  waitingSurcharge: 0,
};

function changesOf(event: string, fact: TripFact): Partial<TripView> {
  const { at } = fact;
  switch (event) {
    case 'trip:assigning_started':
      return withoutDriver;
    case 'trip:driver_accepted':
    case 'trip:driver_assigned': {
      const { driverId, driver, vehicleId, assignmentId, passenger } = fact as DriverAssigned;
      const known = passenger ? { passenger } : {};
      return {
        driverId,
        driver,
        vehicleId,
        assignmentId,
        acceptedAt: at,
        ...known,
        driverLostAt: null,
      };
    }
    case 'trip:driver_arrived_pickup':
      return { arrivedAt: at };
    case 'trip:waiting_surcharge_applied':
      return { waitingSurcharge: (fact as WaitingSurchargeApplied).surcharge };
    case 'trip:started':
      return { startedAt: at };
    case 'trip:completed': {
      const { fareTotal, currency, distanceMeters, durationSec, waitingSurcharge } =
        fact as TripCompleted;
      return {
        completedAt: at,
        driverLostAt: null,
        fareTotal,
        currency,
        distanceMeters,
        durationSec,
        waitingSurcharge,
      };
    }
    case 'trip:cancelled': {
      const { by, reason } = fact as TripCancelled;
      return { cancelledAt: at, driverLostAt: null, cancellation: { by, reason } };
    }
    case 'trip:no_drivers_found':
      return { noDriversReason: (fact as NoDriversFound).reason, driverLostAt: null };
    case 'trip:driver_lost':
      return { driverLostAt: at };
    case 'trip:driver_returned':
      return { driverLostAt: null };
    case 'trip:status_overridden': {
      const { fareTotal } = fact as TripStatusOverridden;
      return fareTotal === null ? {} : { fareTotal };
    }
    default:
      return {};
  }
}
