import {
  AdminViewportSetDto,
  FeedMode,
  ID_PATTERN,
  Namespace,
  parseDecimal,
  servedAs,
  readConversationId,
  readMadeId,
  readOneOf,
  RequestError,
  type IgnoredOption,
} from '#libs/contracts';

/** What a client asks for with its CONNECT, beside getting in: what could be read of `auth`. */
export interface ConnectOptions {
  /** The newest event that the client saw of each trip that it shows. */
  trips: ReadonlyMap<string, number>;
  /** On /chat: the newest event that the client saw of each conversation. */
  chats: ReadonlyMap<string, number>;
  feed: FeedMode;
  viewport: AdminViewportSetDto | undefined;
  /** On /tracking, of a guest: the token of a link to a trip. A secret. */
  share?: string;
  /** What could not be read, and why; `hello` tells the client. */
  ignored: readonly IgnoredOption[];
}

/** Trips that a client may name when it connects. */
const MAX_NAMED_TRIPS = 20;
/** Conversations likewise. */
const MAX_NAMED_CHATS = 50;
/** Odd parts that `hello` names; the others are left out. */
const MAX_IGNORED = 10;
const LONGEST_FIELD = 64;

/** Shared by all that ask for nothing, so that they cost no memory. */
export const NO_CONNECT_OPTIONS: ConnectOptions = Object.freeze({
  trips: new Map(),
  chats: new Map(),
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
  if (namespace === Namespace.tracking)
    return hasShare(fields) ? { ...NO_CONNECT_OPTIONS, share: fields.share } : NO_CONNECT_OPTIONS;
  const isAdmin = namespace === Namespace.admin;
  const isChat = servedAs(namespace) === Namespace.chat;
  const isAsked = isChat ? fields['chats'] !== undefined : asksForTrips(fields, isAdmin);
  if (!isAsked) return NO_CONNECT_OPTIONS;
  const ignored: IgnoredOption[] = [];
  const ignore = (field: string, reason: string) => {
    if (ignored.length < MAX_IGNORED)
      ignored.push({ field: field.slice(0, LONGEST_FIELD), reason });
  };
  return {
    trips: isChat ? NO_CONNECT_OPTIONS.trips : readVersions('trips', fields['trips'], ignore),
    chats: isChat ? readVersions('chats', fields['chats'], ignore) : NO_CONNECT_OPTIONS.chats,
    feed: isAdmin ? readFeed(fields['feed'], ignore) : FeedMode.events,
    viewport: isAdmin ? readViewport(fields['viewport'], ignore) : undefined,
    ignored,
  };
}

export function hasShare(fields: Record<string, unknown>): fields is { share: string } {
  return typeof fields['share'] === 'string' && fields['share'] !== '';
}

type Ignore = (field: string, reason: string) => void;

function asksForTrips(
  { trips, feed, viewport }: Record<string, unknown>,
  isAdmin: boolean,
): boolean {
  return trips !== undefined || (isAdmin && (feed !== undefined || viewport !== undefined));
}

const NAMED = {
  trips: {
    what: '{<tripId>: version}',
    most: MAX_NAMED_TRIPS,
    idOf: (written: string) => (ID_PATTERN.test(written) ? readMadeId(written) : undefined),
    rule: 'an id has 1 to 64 letters, digits, _ and -',
  },
  chats: {
    what: '{<conversationId>: version}',
    most: MAX_NAMED_CHATS,
    idOf: (written: string) => readConversationId(written)?.id,
    rule: 'this is no id of a conversation',
  },
} as const;

function readVersions(
  field: keyof typeof NAMED,
  raw: unknown,
  ignore: Ignore,
): ReadonlyMap<string, number> {
  const { what, most, idOf, rule } = NAMED[field];
  const versions = new Map<string, number>();
  if (raw === undefined) return versions;
  const named = asObject(raw);
  if (!named) {
    ignore(field, `${field} must be an object: ${what}`);
    return versions;
  }
  for (const [written, version] of Object.entries(named)) {
    if (versions.size === most) {
      ignore(field, `only the first ${most} ${field} are read`);
      break;
    }
    const id = idOf(written);
    const seen = parseDecimal(version);
    if (id === undefined) {
      ignore(`${field}.${written}`, rule);
    } else if (seen === undefined || !Number.isSafeInteger(seen) || seen < 0) {
      ignore(`${field}.${written}`, 'a version is a whole number, 0 or more');
    } else {
      versions.set(id, seen);
    }
  }
  return versions;
}

function readFeed(raw: unknown, ignore: Ignore): FeedMode {
  const modes = Object.values(FeedMode);
  const meant = readOneOf(raw, modes);
  const mode = modes.find((each) => each === meant);
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
