import { Injectable } from '@nestjs/common';
import { type Delays } from './counts.js';
import { Metrics } from './metrics.js';

/** What a request or a fact is about, coarse enough to be a label. */
export const TrafficClass = {
  positions: 'positions',
  trips: 'trips',
  offers: 'offers',
  chat: 'chat',
  presence: 'presence',
  session: 'session',
  other: 'other',
} as const;
export type TrafficClass = (typeof TrafficClass)[keyof typeof TrafficClass];

/**
 * How long what has happened was on its way to the client: from the moment that the server knew of it
 * to the moment that its frame was written on the instance of the client.
 */
@Injectable()
export class DeliveryDelays {
  private readonly byClass = new Map<TrafficClass, Delays>();

  constructor(metrics: Metrics) {
    const family = metrics.delayFamily(
      'ridewire_delivery_delay_seconds',
      'From when the server knew of something to when it was written to a client, by class.',
      ['class'],
    );
    for (const name of Object.values(TrafficClass)) this.byClass.set(name, family.of(name));
  }

  /** Of every class. */
  all(): Iterable<Delays> {
    return this.byClass.values();
  }

  /** @param happenedAt epoch ms; the clocks of instances may differ by a little */
  note(traffic: TrafficClass, happenedAt: number, now = Date.now()): void {
    this.byClass.get(traffic)!.note(now - happenedAt);
  }
}
