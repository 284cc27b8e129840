import { type ClientEnvironment } from '#libs/config';
import { checkAdmin } from './admin-check.js';
import { type Say } from './check-socket.js';
import { checkDriver } from './driver-check.js';
import { checkGeneral } from './general-check.js';
import { checkTripFlow } from './trips/trip-flow-check.js';
import { checkTripPassenger } from './trips/trip-passenger-check.js';

/** Checks of a started server, by the name on the command line; each throws CheckFailure. */
const suites: Record<string, (env: ClientEnvironment, say: Say) => Promise<void>> = {
  general: checkGeneral,
  driver: checkDriver,
  admin: checkAdmin,
  'trip:passenger': checkTripPassenger,
  'trip:flow': checkTripFlow,
};

export const SUITE_NAMES = Object.keys(suites);

export function suiteOf(
  name: string | undefined,
): ((env: ClientEnvironment, say: Say) => Promise<void>) | undefined {
  return name === undefined ? undefined : suites[name];
}
