/** What an instance has measured over the last seconds. */
export interface InstanceFigures {
  connections: number;
  /** Requests of sockets that were answered, a second. */
  requestsPerSecond: number;
  /** Messages that were written to clients, a second. */
  messagesPerSecond: number;
  /** From when the server knew of something to when it was written to a client; null when nothing was. */
  deliveryP50Ms: number | null;
  deliveryP99Ms: number | null;
  /** From sending to Redis to its reply; null when nothing was sent. */
  redisP50Ms: number | null;
  redisP99Ms: number | null;
  /** Share of the time in which the event loop was busy, 0 to 1. */
  loopBusy: number;
  memoryBytes: number;
  /** How often something was refused or cut, by code; those that were not are left out. */
  refusals: Record<string, number>;
}

/** Figures of a moment that has passed. */
export interface InstanceSample extends InstanceFigures {
  /** By the clock of Redis, epoch ms. */
  at: number;
}

/** What an instance says of itself, for operators. */
export interface InstanceStatus {
  id: string;
  host: string;
  port: number;
  version: string;
  /** ISO 8601. */
  startedAt: string;
  connections: number;
  draining: boolean;
  /** Why it lets nobody in although it is not draining; null while it does. */
  pressure: string | null;
  /** Null at its start, and of an instance of a release that does not say it. */
  figures: InstanceFigures | null;
}

/** An instance as others see it. */
export interface ListedInstance extends InstanceStatus {
  /** Whether it has said something within its lease. */
  isLive: boolean;
  /** Since it said so, ms. */
  silentMs: number;
}

/** Samples come so often ... */
export const SAMPLE_INTERVAL_MS = 20_000;
/** ... and are kept so long. */
export const HISTORY_MS = 3_600_000;
