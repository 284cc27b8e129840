import { Injectable, Module } from '@nestjs/common';
import { type TripView } from '#libs/contracts';
import { PersonalAvailabilityModule, type AvailabilityRecord } from '#libs/drivers';
import { PersonalFactsModule } from '#libs/exports';
import { anonymised, type ErasedCounts, type Person } from '#libs/personal-data';
import { KeyScan, literally, LuaScript, RedisCommands, RedisKeys } from '#libs/redis';
import { RideTrackStore, type TrackFix } from '../store/ride-track.store.js';
import { readHistoryEntry, readTripRecord } from '../store/stored-trip.js';
import { driverAudience, type TripNotice } from '../store/trip-history.js';
import { TripKeys } from '../store/trip-keys.js';
import { type OfferRecord, type TripRecord } from '../store/trip-record.js';
import { isOver, toTripView } from '../trip-view.js';

const anonymiseScript = LuaScript.load(import.meta.url, 'anonymise_trip');

/** Trips that are read together. */
const BATCH = 50;

export interface PersonalTrip {
  tripId: string;
  /** Absent where it was only asked: the trip is that of others. */
  trip?: TripView;
  /** Whether it was this person's as passenger or as driver; or it was only asked to drive it. */
  part: 'passenger' | 'driver' | 'asked';
  /** What the person was told of it. */
  told: (Pick<TripNotice, 'event' | 'payload'> & { at: string })[];
  /** What it was asked to drive, and what it answered. */
  offers: OfferRecord[];
  /** While the ride lasts. */
  track: TrackFix[];
}

interface ReadTrip {
  record: TripRecord;
  /** Id and JSON of each entry. */
  history: [id: string, entry: string][];
}

/** The trips of a person. They stay, for the accounts of the company, but not who it was. */
@Injectable()
export class PersonalTrips {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: TripKeys,
    private readonly names: RedisKeys,
    private readonly scan: KeyScan,
    private readonly tracks: RideTrackStore,
  ) {}

  async exportOf(person: Person): Promise<PersonalTrip[]> {
    const found: PersonalTrip[] = [];
    for await (const { record, history } of this.every()) {
      const part = partOf(person, record);
      if (!part) continue;
      found.push({
        part,
        tripId: record.id,
        ...(part === 'asked' ? {} : { trip: toTripView(record) }),
        told: history.flatMap(([, entry]) => toldTo(person, part, entry)),
        offers: record.offers.filter(({ driverId }) => driverId === person.id),
        track: part === 'driver' ? await this.tracks.read(record.id) : [],
      });
    }
    return found;
  }

  /** The trip that the person is on and that is not over; its accounts are not complete yet. */
  async activeTripOf({ id }: Person): Promise<string | null> {
    const { passengers, drivers } = this.keys;
    const own = await this.redis.do((redis) => redis.hget(passengers, id));
    if (own !== null) return own;
    const json = await this.redis.do((redis) => redis.hget(drivers, id));
    const driver = json === null ? null : (JSON.parse(json) as AvailabilityRecord);
    return driver?.dispatched ? driver.tripId || null : null;
  }

  /** Every trip that names the person, whoever's it is: it may have been considered as its driver. */
  async erase(person: Person): Promise<ErasedCounts> {
    let trips = 0;
    for await (const trip of this.every()) if (await this.anonymise(person, trip)) trips += 1;
    return { trips, listsAndRequests: await this.eraseLists(person) };
  }

  /** The trips of which the person was the passenger. */
  async ownTripIds({ id }: Person): Promise<string[]> {
    const ids: string[] = [];
    for await (const { record } of this.every()) if (record.passengerId === id) ids.push(record.id);
    return ids;
  }

  private async *every(): AsyncGenerator<ReadTrip> {
    const ids = await this.redis.do((redis) => redis.zrange(this.keys.all, '0', '-1'));
    for (let first = 0; first < ids.length; first += BATCH) {
      const batch = await Promise.all(ids.slice(first, first + BATCH).map((id) => this.read(id)));
      for (const trip of batch) if (trip) yield trip;
    }
  }

  private async read(tripId: string): Promise<ReadTrip | null> {
    const json = await this.redis.do((redis) => redis.hget(this.keys.trip(tripId), 'record'));
    if (json === null) return null;
    // After the record: a step that came in between is seen by the revision, and not lost.
    const entries = await this.redis.do((redis) =>
      redis.xrange(this.keys.history(tripId), '-', '+'),
    );
    return {
      record: readTripRecord(json),
      history: entries.map(([id, fields]) => [id, fields[1]!]),
    };
  }

  /** @returns whether there was something to change */
  private async anonymise(person: Person, read: ReadTrip): Promise<boolean> {
    for (let trip: ReadTrip | null = read; trip; trip = await this.read(read.record.id)) {
      const { record, history } = trip;
      const isOwnTrip = record.passengerId === person.id;
      const changed = withoutWay(person, record, anonymised(record, person, { isOwnTrip }));
      const entries = history.map(([id, entry]): [string, string] => {
        const before = readHistoryEntry(entry);
        const after = anonymised(before, person, { isOwnTrip });
        return [id, after === before ? entry : JSON.stringify(after)];
      });
      const isHistorySame = entries.every(([, entry], i) => entry === history[i]![1]);
      if (changed === record && isHistorySame) return false;
      const written = await this.redis.run(
        anonymiseScript,
        [this.keys.trip(record.id), this.keys.history(record.id)],
        [
          record.revision,
          record.revision + 1,
          JSON.stringify({ ...changed, revision: record.revision + 1 }),
          ...(isHistorySame ? [] : entries.flat()),
        ],
      );
      if (written === 1) return true;
    }
    return false;
  }

  private async eraseLists({ id }: Person): Promise<number> {
    const { offers, passengers } = this.keys;
    const prefix = this.names.rawPrefix('').length;
    const requests = await this.scan.all(`${literally(this.keys.request(id, '').slice(prefix))}*`);
    return this.redis.do(async (redis) => {
      const gone = await Promise.all([
        redis.hdel(offers, id),
        redis.hdel(passengers, id),
        redis.del(this.keys.tripsOf(id), ...requests),
      ]);
      return gone.reduce((sum, each) => sum + each, 0);
    });
  }
}

function partOf({ id }: Person, record: TripRecord): PersonalTrip['part'] | undefined {
  if (record.passengerId === id) return 'passenger';
  if (record.driverId === id) return 'driver';
  return record.offers.some(({ driverId }) => driverId === id) ? 'asked' : undefined;
}

function toldTo({ id }: Person, part: PersonalTrip['part'], json: string): PersonalTrip['told'] {
  const { at, notices } = readHistoryEntry(json);
  const audience = part === 'passenger' ? 'passenger' : driverAudience(id);
  return notices
    .filter(({ to }) => to.includes(audience))
    .map(({ event, payload }) => ({ at: new Date(at).toISOString(), event, payload }));
}

/** Where the driver was on a ride that is over is kept for nothing. */
function withoutWay(person: Person, before: TripRecord, after: TripRecord): TripRecord {
  const isTheirs = partOf(person, before) === 'driver' || partOf(person, before) === 'passenger';
  if (!isTheirs || !isOver(before) || before.odometer.settled === null) return after;
  return { ...after, odometer: { ...after.odometer, settled: null } };
}

/** For commands: without what an instance does by itself. */
@Module({
  imports: [PersonalFactsModule, PersonalAvailabilityModule],
  providers: [TripKeys, RideTrackStore, PersonalTrips],
  exports: [PersonalTrips],
})
export class PersonalTripsModule {}
