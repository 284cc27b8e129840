/** What became of something that somebody asked for, as far as the one who asked knows. */
export type Outcome =
  /** It was acknowledged: it must exist. */
  | 'acknowledged'
  /** It was refused for good: it must not exist. */
  | 'refused'
  /** No answer came, or one that says that nobody knows: it may exist, once. */
  | 'unknown';

/** One thing that somebody asked for, however often it had to be sent. Times are of one clock, ms. */
export interface Deed {
  /** Trip or conversation; of a trip that was never acknowledged the key of its request. */
  stream: string;
  /** The name of what it would bring about: the same in `KeptEntry.deed`. */
  key: string;
  startedAt: number;
  endedAt: number;
  outcome: Outcome;
  /** The number that the acknowledgement said it has. */
  version?: number;
}

/** A numbered entry of a trip or a conversation, as an instance shows it. */
export interface KeptEntry {
  version: number;
  type: string;
  /** Which deed brought it about; absent where the system did. */
  deed?: string;
  /** The event that each audience is told, e.g. `passenger`. */
  told: Readonly<Record<string, string>>;
}

export interface KeptStream {
  stream: string;
  /** Who shows it, e.g. `instance 1`. */
  observer: string;
  entries: readonly KeptEntry[];
  /** Numbers without a gap are due: it shows every entry and not only some kinds of them. */
  isWhole: boolean;
}

/** What a client was told, in the order in which it came, over all of its connections. */
export interface Heard {
  version: number;
  /** The event; absent for a state that the client was shown: whatever was before counts as known. */
  event?: string;
}

export interface Listener {
  name: string;
  stream: string;
  audience: string;
  heard: readonly Heard[];
  /** What came before the first that it heard is not due: it could not name what it knew nothing of. */
  isFromFirst?: boolean;
}

/** What a webhook got; at least once, so that it may come again. */
export interface Delivery {
  receiver: string;
  stream: string;
  version: number;
  type: string;
}

/** Everything about some streams that was promised, told and kept. */
export interface StreamHistory {
  deeds: readonly Deed[];
  kept: readonly KeptStream[];
  listeners: readonly Listener[];
  deliveries: readonly Delivery[];
  /** Webhooks that must have got all that is kept. */
  receivers: readonly string[];
  /** Which order of entries is possible. */
  rules: OrderRules;
}

export interface OrderRules {
  /** The type of every first entry; absent where any may be. */
  first?: string;
  /** Types that need an earlier entry of another type. */
  after: Readonly<Record<string, string>>;
  /** Types that a stream has at most once. */
  once: readonly string[];
  /** Nothing follows these, but for `afterEnd`. */
  final: readonly string[];
  afterEnd: readonly string[];
}

export const ANY_ORDER: OrderRules = { after: {}, once: [], final: [], afterEnd: [] };
