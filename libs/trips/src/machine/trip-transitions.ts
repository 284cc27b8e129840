import { TripStatus } from '#libs/contracts';
import { type TripCommandKind } from './trip-command.js';

const { pending, assigning, accepted, arriving, inProgress, completed, noDriversFound } =
  TripStatus;
const LOOKING = [pending, assigning] as const;
const COMING = [accepted, arriving] as const;
const DRIVEN = [...COMING, inProgress] as const;
const LIVE = [...LOOKING, ...DRIVEN] as const;

/** In which statuses a command may change something; everywhere else it is refused. */
export const ALLOWED_IN: Record<TripCommandKind, readonly TripStatus[]> = {
  startAssigning: [pending],
  offer: [assigning],
  confirmDelivery: [assigning],
  accept: [assigning],
  reject: [assigning],
  expire: [assigning],
  unreachable: [assigning],
  noDrivers: LOOKING,
  approach: [accepted],
  arrive: COMING,
  wait: COMING,
  start: COMING,
  measure: [inProgress],
  complete: [inProgress],
  cancel: LIVE,
  loseDriver: DRIVEN,
  findDriverAgain: [inProgress],
  retryMatching: [...LOOKING, noDriversFound],
  override: [...LIVE, noDriversFound],
  message: LIVE,
  noteStuck: LIVE,
};

/** What a dispatcher may set by hand: forward only, and nothing that needs a driver who is not there. */
export const OVERRIDE_TARGETS: Partial<Record<TripStatus, readonly TripStatus[]>> = {
  [arriving]: [accepted],
  [inProgress]: COMING,
  [completed]: DRIVEN,
  [TripStatus.cancelled]: LIVE,
  [noDriversFound]: LOOKING,
  [assigning]: [pending, ...COMING],
};
