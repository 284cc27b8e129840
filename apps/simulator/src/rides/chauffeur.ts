import { setTimeout as sleep } from 'node:timers/promises';
import { type RequestData, type RequestName, type RequestPayload } from '#libs/client';
import { DriversRequest, type TripOffered, type TripView } from '#libs/contracts';
import { type DriverClient } from '../clients/driver-client.js';
import { type Point } from '../drives/geography.js';
import { type DriverPlan, type RidePace } from '../plan/driver-plan.js';
import { type TripTalks } from '../talks/trip-talks.js';
import { type TripTally } from './trip-tally.js';

/** The car of a chauffeur. */
export interface Car {
  /** @returns how long it takes, ms */
  driveTo(place: Point, speedMps: number): number;
  letGo(): void;
}

/** Positions are on their way for a moment; a driver looks up before saying that they have arrived. */
const LOOK_UP_MS = 300;
/** Offers whose answer is remembered, in case they come again. */
const REMEMBERED_OFFERS = 20;
/** The trip or the offer is gone meanwhile: nobody's fault. */
const GONE: ReadonlySet<string> = new Set([
  'TRIP_STATUS_CONFLICT',
  'NOT_FOUND',
  'ASSIGNMENT_EXPIRED',
  'ASSIGNMENT_STATE_CHANGED',
]);

/** What a driver does about offers and trips, by its plan. */
export class Chauffeur {
  private offers = 0;
  private trips = 0;
  private readonly seen = new Set<string>();
  private trip: { tripId: string; end: AbortController } | undefined;
  private readonly closed = new AbortController();

  constructor(
    private readonly client: DriverClient,
    private readonly car: Car,
    private readonly plan: DriverPlan,
    private readonly tally: TripTally,
    private readonly talks: TripTalks,
    private readonly onTrouble: (what: string) => void,
  ) {}

  /** Thinks about an offer and answers it, or does not. */
  consider(offer: TripOffered): void {
    if (this.seen.has(offer.assignmentId)) return;
    this.seen.add(offer.assignmentId);
    if (this.seen.size > REMEMBERED_OFFERS) this.seen.delete(this.seen.values().next().value!);
    void this.answer(offer).catch((error: unknown) => {
      if (!this.closed.signal.aborted) this.onTrouble(String(error));
    });
  }

  /** The trip is over or somebody else's. */
  lose(tripId: string): void {
    if (this.trip?.tripId === tripId) this.trip.end.abort();
  }

  close(): void {
    this.closed.abort();
    this.trip?.end.abort();
  }

  private async answer({ assignmentId }: TripOffered): Promise<void> {
    const { signal } = this.closed;
    const { thinkMs, answer } = this.plan.offer(this.offers);
    this.offers += 1;
    await sleep(thinkMs, undefined, { signal });
    if (answer === 'ignore') {
      this.tally.ignored += 1;
    } else if (answer === 'accept') {
      const trip = await this.ask(DriversRequest.offerAccept, { assignmentId }, signal);
      if (trip) await this.play(trip);
    } else {
      this.tally.rejected += 1;
      await this.ask(DriversRequest.offerReject, { assignmentId, reason: answer }, signal);
    }
  }

  private async play(trip: TripView): Promise<void> {
    const end = new AbortController();
    this.trip = { tripId: trip.tripId, end };
    const pace = this.plan.ride(this.trips);
    this.trips += 1;
    const signal = AbortSignal.any([end.signal, this.closed.signal]);
    void this.talk(trip.tripId, pace, signal);
    try {
      await this.drive(trip, pace, signal);
    } catch (error) {
      if (!end.signal.aborted && !this.closed.signal.aborted) throw error;
    } finally {
      this.trip = undefined;
      if (!this.closed.signal.aborted) this.car.letGo();
    }
  }

  /** Ends early when the trip is gone. */
  private async drive(
    { tripId, pickup, stops }: TripView,
    { speedMps, boardMs }: RidePace,
    signal: AbortSignal,
  ): Promise<void> {
    await this.driveTo(pickup, speedMps, signal);
    if (!(await this.ask(DriversRequest.tripArrive, { tripId }, signal))) return;
    await sleep(boardMs, undefined, { signal });
    if (!(await this.ask(DriversRequest.tripStart, { tripId }, signal))) return;
    for (const stop of stops) await this.driveTo(stop, speedMps, signal);
    if (await this.ask(DriversRequest.tripComplete, { tripId }, signal)) this.tally.dropOff(tripId);
  }

  /** Says what it has to say while the trip goes on. */
  private async talk(tripId: string, { reply }: RidePace, signal: AbortSignal): Promise<void> {
    const talk = this.talks.of(tripId);
    signal.addEventListener('abort', () => this.client.stopTalking(talk), { once: true });
    await this.client.talk(talk);
    if (!reply || signal.aborted) return;
    await sleep(reply.afterMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await this.client.say(talk, reply.text);
  }

  private async driveTo({ lat, lng }: Point, speedMps: number, signal: AbortSignal): Promise<void> {
    const durationMs = this.car.driveTo({ lat, lng }, speedMps);
    await sleep(durationMs + LOOK_UP_MS, undefined, { signal });
  }

  /** @returns undefined when it was refused */
  private async ask<E extends RequestName<'/drivers'>>(
    event: E,
    payload: RequestPayload<'/drivers', E>,
    signal: AbortSignal,
  ): Promise<RequestData<'/drivers', E> | undefined> {
    let answer = await this.client.ask(event, payload, signal);
    // The phone was out of reach meanwhile.
    while (!answer.ok && answer.error.code === 'CLOSED' && !signal.aborted) {
      await sleep(LOOK_UP_MS, undefined, { signal });
      answer = await this.client.ask(event, payload, signal);
    }
    if (answer.ok) return answer.data;
    const { code } = answer.error;
    if (!signal.aborted && !GONE.has(code)) this.onTrouble(`${event}: ${code}`);
    return undefined;
  }
}
