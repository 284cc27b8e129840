import { Inject, Injectable } from '@nestjs/common';
import { driversConfig, tripsConfig, type ConfigType } from '#libs/config';
import { OfferStatus } from '#libs/contracts';
import { type AvailabilityRecord } from '#libs/drivers';
import { traced, Tracing } from '#libs/observability';
import { LuaScript, RedisCommands, TurnBatch } from '#libs/redis';
import { timerName } from '../timers/trip-timer.js';
import { legOf } from '../trip-leg.js';
import { exportedTypeOf, isOver, toExportedEntry } from '../trip-view.js';
import { readHistoryEntry, readTripRecord } from './stored-trip.js';
import { type SeenLease, type TripDecision } from './trip-decision.js';
import { type TripHistoryEntry } from './trip-history.js';
import { TripKeys } from './trip-keys.js';
import { type TripRecord } from './trip-record.js';

const scripts = {
  commit: LuaScript.load(import.meta.url, 'commit_trip'),
  archive: LuaScript.load(import.meta.url, 'archive_trip'),
};

/** Entries that are kept of a trip; a client that missed more gets a snapshot. */
const HISTORY_LENGTH = 1_000;
/** People whose trips are read in one command. */
const TURN_LIMIT = 200;
/** What is due at once is left to the writer for so long before others take it over. */
const TAKEOVER_MS = 1_000;

/** A request that the passenger has named with an Idempotency-Key. */
export interface NamedRequest {
  key: string;
  /** By this another request under the same key is found. */
  fingerprint: string;
  ttlMs: number;
}

export interface OpenOffer {
  assignmentId: string;
  /** Epoch ms. */
  until: number;
}

export type CommitResult =
  /** `unreached`: drivers whose inbox no instance listens to. */
  | { kind: 'committed'; unreached: string[] }
  | { kind: 'outdated'; trip: TripRecord | null }
  | { kind: 'too_late' }
  | { kind: 'active'; tripId: string }
  | { kind: 'known'; tripId: string; fingerprint: string }
  | { kind: 'limited'; retryAfterMs: number }
  | { kind: 'driver_taken'; driverId: string }
  /** The driver that was looked at before has come back, or gone. */
  | { kind: 'unlike_seen' };

/** What is to hold besides the state of the trip. */
export interface CommitConditions {
  request?: NamedRequest | undefined;
  seen?: SeenLease | undefined;
}

/** The only code that reads and writes trips. */
@Injectable()
export class TripsStore {
  /** Asked for by everybody who connects: together once a turn. */
  private readonly passengerTrips = new TurnBatch<string, string | null>(
    (ids) => this.redis.do((redis) => redis.hmget(this.keys.passengers, ...ids)),
    TURN_LIMIT,
  );
  private readonly driverTrips = new TurnBatch<string, string | null>(async (ids) => {
    const records = await this.redis.do((redis) => redis.hmget(this.keys.drivers, ...ids));
    return records.map((json) => {
      const record = json === null ? null : (JSON.parse(json) as AvailabilityRecord);
      return record?.dispatched ? record.tripId || null : null;
    });
  }, TURN_LIMIT);
  private readonly driverOffers = new TurnBatch<string, OpenOffer | null>(
    (ids) => this.openOffersOf(ids),
    TURN_LIMIT,
  );

  constructor(
    @Inject(driversConfig.KEY) private readonly driverSettings: ConfigType<typeof driversConfig>,
    @Inject(tripsConfig.KEY) private readonly tripSettings: ConfigType<typeof tripsConfig>,
    private readonly redis: RedisCommands,
    private readonly keys: TripKeys,
    private readonly tracing: Tracing,
  ) {}

  async find(tripId: string): Promise<TripRecord | null> {
    const json = await this.redis.do((redis) => redis.hget(this.keys.trip(tripId), 'record'));
    return json === null ? null : readTripRecord(json);
  }

  /** Writes a decision in one step, or says what has happened meanwhile. */
  commit(decision: TripDecision, conditions: CommitConditions = {}): Promise<CommitResult> {
    if (!this.tracing.isOn) return this.write(decision, conditions);
    const { trip, entries } = decision;
    const name = entries.at(-1)?.type ?? 'trip_changed';
    const attributes = { 'ridewire.trip.id': trip.id, 'ridewire.trip.status': trip.status };
    return this.tracing.span(name, { attributes, parent: trip.traceparent }, () => {
      const { traceparent } = this.tracing;
      if (traceparent !== undefined) trip.traceparent ??= traceparent;
      return this.write(decision, conditions);
    });
  }

  private async write(
    decision: TripDecision,
    { request, seen }: CommitConditions,
  ): Promise<CommitResult> {
    const { trip } = decision;
    const { traceparent } = this.tracing;
    const inboxes = inboxesOf(decision);
    const keys = [
      this.keys.trip(trip.id),
      this.keys.history(trip.id),
      this.keys.timers,
      this.keys.leases,
      this.keys.drivers,
      this.keys.offers,
      this.keys.availabilityRevision,
      this.keys.availabilityFeed,
      this.keys.exports,
      this.keys.passengers,
      this.keys.all,
      this.keys.active,
      this.keys.tripsOf(trip.passengerId),
      this.keys.tripsOf(trip.driverId ?? ''),
      this.keys.request(trip.passengerId, request?.key ?? ''),
      this.keys.track(trip.id),
      this.keys.clock,
      this.keys.dispatchers,
      ...inboxes.map((personId) => this.keys.inbox(personId)),
    ];
    const reply = (await this.redis.run(scripts.commit, keys, [
      JSON.stringify({
        ...toPlan(decision, request),
        ...traced(traceparent),
        graceMs: this.driverSettings.graceMs,
        ...(decision.from === 0 ? { limit: this.tripSettings.requestLimit } : {}),
        ...(seen ? { seen } : {}),
      }),
      JSON.stringify(trip),
      announcementHead(trip, traceparent),
      ...decision.entries.flatMap((entry) => [
        entry.version,
        exportedTypeOf(entry),
        JSON.stringify(entry),
        JSON.stringify(toExportedEntry(entry, trip)),
      ]),
    ])) as [string, ...(string | number)[]];
    return toCommitResult(reply, inboxes);
  }

  /** The trip of the passenger that is not over, if any. */
  activeTripOf(passengerId: string): Promise<string | null> {
    return this.passengerTrips.submit(passengerId);
  }

  /** The trip that a driver is on, if it is one of ours. */
  tripOfDriver(driverId: string): Promise<string | null> {
    return this.driverTrips.submit(driverId);
  }

  /** The open offer of a driver; null for none. */
  openOfferOf(driverId: string): Promise<OpenOffer | null> {
    return this.driverOffers.submit(driverId);
  }

  /** Trips that are not over, oldest first. */
  async activeTripIds(): Promise<string[]> {
    return this.redis.do((redis) => redis.zrange(this.keys.active, '0', '-1'));
  }

  /** Trips requested at a time or later, epoch ms, oldest first. */
  async tripIdsSince(requestedAt: number): Promise<string[]> {
    return this.redis.do((redis) => redis.zrange(this.keys.all, requestedAt, '+inf', 'BYSCORE'));
  }

  /** Trips of a passenger or driver requested at a time or later, epoch ms, oldest first. */
  async tripIdsOf(personId: string, requestedAt: number): Promise<string[]> {
    const key = this.keys.tripsOf(personId);
    return this.redis.do((redis) => redis.zrange(key, requestedAt, '+inf', 'BYSCORE'));
  }

  /** The open offer of each driver; null for none. */
  async openOffersOf(driverIds: readonly string[]): Promise<(OpenOffer | null)[]> {
    if (driverIds.length === 0) return [];
    const values = await this.redis.do((redis) => redis.hmget(this.keys.offers, ...driverIds));
    return values.map((value) => {
      const [assignmentId, until] = value?.split(' ') ?? [];
      return assignmentId ? { assignmentId, until: Number(until) } : null;
    });
  }

  /** Entries after a version, in order; null when some of them are not kept any more. */
  async historyAfter(tripId: string, version: number): Promise<TripHistoryEntry[] | null> {
    const found = await this.keptHistory(tripId, version);
    if (found.length === 0 || found[0]!.version === version + 1) return found;
    return null;
  }

  /** As `historyAfter`, but what is kept even when older entries are not. */
  async keptHistory(tripId: string, version = 0): Promise<TripHistoryEntry[]> {
    const key = this.keys.history(tripId);
    const entries = await this.redis.do((redis) => redis.xrange(key, `${version + 1}-0`, '+'));
    return entries.map(([, fields]) => readHistoryEntry(fields[1]!));
  }

  /** The number of the newest event of each trip; 0 for one that does not exist. */
  async versionsOf(tripIds: readonly string[]): Promise<number[]> {
    const newest = await this.redis.do((redis) =>
      Promise.all(
        tripIds.map((id) => redis.xrevrange(this.keys.history(id), '+', '-', 'COUNT', 1)),
      ),
    );
    return newest.map(([entry]) => (entry ? Number.parseInt(entry[0], 10) : 0));
  }

  /** Takes a trip that is over out of Redis; false when it has changed since it was read. */
  async archive(trip: TripRecord, archived: object): Promise<boolean> {
    const reply = await this.redis.run(
      scripts.archive,
      [
        this.keys.trip(trip.id),
        this.keys.history(trip.id),
        this.keys.timers,
        this.keys.exports,
        this.keys.all,
        ...[trip.passengerId, ...driversOf(trip)].map((id) => this.keys.tripsOf(id)),
      ],
      [
        trip.id,
        trip.revision,
        // The last event of the trip, after which there is none.
        trip.version + 1,
        JSON.stringify(archived),
        timerName({ kind: 'archive', id: trip.id }),
      ],
    );
    return reply === 1;
  }
}

/** Everybody who ever had the trip: it may have been taken from some of them. */
function driversOf({ offers }: TripRecord): Set<string> {
  const taken = offers.filter(({ status }) => status === OfferStatus.accepted);
  return new Set(taken.map(({ driverId }) => driverId));
}

/** Passenger first, then every driver whom an entry speaks to or whose trip it is. */
function inboxesOf({ trip, entries }: TripDecision): string[] {
  const people = new Set([trip.passengerId]);
  if (trip.driverId !== null) people.add(trip.driverId);
  for (const { notices } of entries) {
    for (const audience of notices.flatMap(({ to }) => to)) {
      if (audience.startsWith('driver:')) people.add(audience.slice('driver:'.length));
    }
  }
  return [...people];
}

function announcementHead(trip: TripRecord, traceparent: string | undefined): string {
  const { id, passengerId, driverId, status } = trip;
  const told = {
    tripId: id,
    passengerId,
    driverId,
    status,
    leg: legOf(trip),
    ...traced(traceparent),
  };
  const head = JSON.stringify(told);
  return `${head.slice(0, -1)},"entries":[`;
}

function toPlan(decision: TripDecision, request: NamedRequest | undefined) {
  const { from, trip, drivers, timers, notAfter } = decision;
  return {
    tripId: trip.id,
    from,
    revision: trip.revision,
    passengerId: trip.passengerId,
    over: isOver(trip),
    requestedAt: trip.requestedAt,
    ...(trip.driverId === null ? {} : { driverId: trip.driverId }),
    notAfter,
    historyLength: HISTORY_LENGTH,
    takeoverMs: TAKEOVER_MS,
    timers: timers.map(({ at, ...timer }) => ({
      name: timerName(timer),
      ...(at === null ? {} : { at }),
    })),
    drivers,
    ...(request
      ? { request: { value: `${trip.id} ${request.fingerprint}`, ttlMs: request.ttlMs } }
      : {}),
  };
}

function toCommitResult(
  [kind, ...rest]: [string, ...(string | number)[]],
  inboxes: readonly string[],
): CommitResult {
  const text = String(rest[0] ?? '');
  switch (kind) {
    case 'OK':
      return { kind: 'committed', unreached: inboxes.filter((_, i) => rest[i + 1] === 0) };
    case 'REVISION':
      return { kind: 'outdated', trip: text === '' ? null : readTripRecord(text) };
    case 'TOO_LATE':
      return { kind: 'too_late' };
    case 'UNLIKE_SEEN':
      return { kind: 'unlike_seen' };
    case 'ACTIVE':
      return { kind: 'active', tripId: text };
    case 'LIMITED':
      return { kind: 'limited', retryAfterMs: Number(text) };
    case 'KNOWN': {
      const [tripId = '', fingerprint = ''] = text.split(' ');
      return { kind: 'known', tripId, fingerprint };
    }
    default:
      return { kind: 'driver_taken', driverId: text };
  }
}
