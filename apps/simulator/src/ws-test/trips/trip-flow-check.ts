import { type ClientEnvironment } from '#libs/config';
import { DriversRequest, Namespace, type Hello, tripFactNames } from '#libs/contracts';
import { type CheckSocket, type Say } from '../check-socket.js';
import { Checklist } from '../checklist.js';
import { targetOf, tokensOf } from '../target.js';
import { checkRejectedOffer } from './rejected-offer.js';
import { goAvailable, placeAt, type Cab, type TripCast } from './trip-scene.js';
import { cancelOpenTrip, TripWitness } from './trip-witness.js';
import { checkUnansweredOffer } from './unanswered-offer.js';
import { checkWholeRide } from './whole-ride.js';

/** Passenger, drivers and dispatcher play trips, and each must hear of them what concerns them. */
export async function checkTripFlow(env: ClientEnvironment, say: Say): Promise<void> {
  const list = new Checklist(say);
  const opened: CheckSocket[] = [];
  const open = async (name: string, namespace: Namespace, token?: string): Promise<TripWitness> => {
    const target = targetOf(env, namespace);
    const given = token ? { ...target, token } : target;
    const witness = await TripWitness.open(name, given, tripFactNames(namespace), say);
    opened.push(witness.socket);
    return witness;
  };
  const home = { lat: env.TEST_LAT, lng: env.TEST_LNG };
  const openCab = async (name: string, awayMeters: number, token?: string): Promise<Cab> => {
    const witness = await open(name, Namespace.drivers, token);
    const { userId: driverId } = (await witness.socket.expectEvent('hello')) as Hello;
    return { driverId, witness, place: placeAt(home, 0, awayMeters) };
  };
  try {
    await list.section('everybody connects', async () => {
      const passenger = await list.step('the passenger is greeted', () =>
        open('passenger', Namespace.passengers),
      );
      await cancelOpenTrip(passenger, say);
      const admin = await list.step('the dispatcher is greeted', () =>
        open('dispatcher', Namespace.admin),
      );
      const cab = await list.step('the driver is greeted', () => openCab('driver', 150));
      const [, second] = tokensOf(env.DRIVER_TOKEN);
      const otherCab =
        second &&
        (await list.step('the second driver is greeted', () => openCab('2nd driver', 400, second)));
      await list.step('the driver is available', () => goAvailable(cab));
      const cast = { passenger, admin, cab, otherCab: otherCab || undefined };
      await play(list, cast, home);
    });
  } finally {
    for (const socket of opened) socket.close();
  }
  list.conclude();
}

async function play(
  list: Checklist,
  cast: TripCast,
  home: { lat: number; lng: number },
): Promise<void> {
  const { cab, otherCab } = cast;
  await list.section('a whole ride', () => checkWholeRide(list, cast, home));
  if (otherCab) {
    await list.section('an offer that is rejected, and a trip cancelled on the way', async () => {
      await list.step('the second driver is available', () => goAvailable(otherCab));
      await checkRejectedOffer(list, cast, otherCab);
      await otherCab.witness.socket.request(DriversRequest.statusUpdate, {
        availabilityStatus: 'OFFLINE',
      });
    });
  } else list.leaveOut('an offer that is rejected; it needs DRIVER_TOKEN=<one>,<another>');
  await list.section('an offer that is taken back, and one that nobody answers', () =>
    checkUnansweredOffer(list, cast),
  );
  await cab.witness.socket.request(DriversRequest.statusUpdate, { availabilityStatus: 'OFFLINE' });
}
