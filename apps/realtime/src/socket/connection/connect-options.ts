import {
  AdminViewportSetDto,
  FeedMode,
  ID_PATTERN,
  Namespace,
  RequestError,
  type IgnoredOption,
} from '#libs/contracts';

/** What a client asks for with its CONNECT, beside getting in: what could be read of `auth`. */
export interface ConnectOptions {
  /** The newest event that the client saw of each trip that it shows. */
  trips: ReadonlyMap<string, number>;
  feed: FeedMode;
  viewport: AdminViewportSetDto | undefined;
  /** What could not be read, and why; `hello` tells the client. */
  ignored: readonly IgnoredOption[];
}

/** Trips that a client may name when it connects. */
const MAX_NAMED_TRIPS = 20;
/** Odd parts that `hello` names; the others are left out. */
const MAX_IGNORED = 10;
const LONGEST_FIELD = 64;

/** Shared by all that ask for nothing, so that they cost no memory. */
export const NO_CONNECT_OPTIONS: ConnectOptions = Object.freeze({
  trips: new Map(),
  feed: FeedMode.events,
  viewport: undefined,
  ignored: [],
});

/**
 * The one place that knows what `auth` may hold beside the token. A client is let in whatever it
 * holds: an odd part counts as absent. Fields that the namespace has no use for are not looked at.
 */
export function readConnectOptions(namespace: Namespace, auth: unknown): ConnectOptions {
  const fields = asObject(auth) ?? {};
  const isAdmin = namespace === Namespace.admin;
  if (namespace === Namespace.chat || !isAsked(fields, isAdmin)) return NO_CONNECT_OPTIONS;
  const ignored: IgnoredOption[] = [];
  const ignore = (field: string, reason: string) => {
    if (ignored.length < MAX_IGNORED)
      ignored.push({ field: field.slice(0, LONGEST_FIELD), reason });
  };
  return {
    trips: readTrips(fields['trips'], ignore),
    feed: isAdmin ? readFeed(fields['feed'], ignore) : FeedMode.events,
    viewport: isAdmin ? readViewport(fields['viewport'], ignore) : undefined,
    ignored,
  };
}

type Ignore = (field: string, reason: string) => void;

function isAsked({ trips, feed, viewport }: Record<string, unknown>, isAdmin: boolean): boolean {
  return trips !== undefined || (isAdmin && (feed !== undefined || viewport !== undefined));
}

function readTrips(raw: unknown, ignore: Ignore): ReadonlyMap<string, number> {
  const trips = new Map<string, number>();
  if (raw === undefined) return trips;
  const named = asObject(raw);
  if (!named) {
    ignore('trips', 'trips must be an object: {<tripId>: version}');
    return trips;
  }
  for (const [tripId, version] of Object.entries(named)) {
    if (trips.size === MAX_NAMED_TRIPS) {
      ignore('trips', `only the first ${MAX_NAMED_TRIPS} trips are read`);
      break;
    }
    if (!ID_PATTERN.test(tripId)) {
      ignore(`trips.${tripId}`, 'an id has 1 to 64 letters, digits, _ and -');
    } else if (!Number.isSafeInteger(version) || (version as number) < 0) {
      ignore(`trips.${tripId}`, 'a version is a whole number, 0 or more');
    } else {
      trips.set(tripId, version as number);
    }
  }
  return trips;
}

function readFeed(raw: unknown, ignore: Ignore): FeedMode {
  const modes = Object.values(FeedMode);
  const mode = modes.find((each) => each === raw);
  if (raw !== undefined && !mode) ignore('feed', `feed must be one of ${modes.join(', ')}`);
  return mode ?? FeedMode.events;
}

function readViewport(raw: unknown, ignore: Ignore): AdminViewportSetDto | undefined {
  if (raw === undefined) return undefined;
  try {
    return AdminViewportSetDto.parse(raw);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    ignore('viewport', [error.details].flat().join('; '));
    return undefined;
  }
}

function asObject(raw: unknown): Record<string, unknown> | undefined {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw)
    ? (raw as Record<string, unknown>)
    : undefined;
}
