import { Injectable } from '@nestjs/common';
import { TripStatus } from '#libs/contracts';
import { Metrics, type Count, type Delays, type Family } from '#libs/observability';
import { TripHistoryType } from './store/trip-history.js';
import { TripListsStore } from './store/trip-lists.store.js';
import { type TripDecision } from './store/trip-decision.js';

/** Seconds: people think while they are asked. */
const MATCHING_BOUNDS = [0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300];
const EVER = { from: 0, to: Number.MAX_SAFE_INTEGER };

/** Counts the steps of trips that this instance has written. */
@Injectable()
export class TripMeasures {
  private readonly events: Family<Count>;
  private readonly statuses: Family<Count>;
  private readonly matching: Delays;

  constructor(lists: TripListsStore, metrics: Metrics) {
    this.events = metrics.counters(
      'ridewire_trip_events_total',
      'Events of trips by type, those of offers among them.',
      ['type'],
    );
    this.statuses = metrics.counters(
      'ridewire_trip_transitions_total',
      'Trips that came into a status.',
      ['status'],
    );
    this.matching = metrics.delays(
      'ridewire_matching_seconds',
      'From the begin of the search to the acceptance by a driver, the thinking of drivers included.',
      MATCHING_BOUNDS,
    );
    for (const type of Object.values(TripHistoryType)) this.events.of(type);
    for (const status of Object.values(TripStatus)) this.statuses.of(status);
    metrics.gauge({
      name: 'ridewire_trips_active',
      help: 'Trips that are not over, of all instances together: each of them says the same.',
      read: async () => (await lists.count([{ of: 'active' }], EVER))[0] ?? 0,
    });
  }

  note({ trip, entries }: TripDecision): void {
    for (const { type } of entries) this.events.of(type).value += 1;
    const newest = entries.at(-1);
    if (!newest) return;
    if (trip.statusSince === newest.at) this.statuses.of(trip.status).value += 1;
    if (entries.some(({ type }) => type === TripHistoryType.accepted))
      this.matching.note(trip.acceptedAt - trip.search.startedAt);
  }
}
