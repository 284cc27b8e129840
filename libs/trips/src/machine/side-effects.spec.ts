import { describe, expect, it } from 'vitest';
import { TripParty, TripStatus } from '#libs/contracts';
import { sampleFinal, SampleTrip, sampleRules } from '#libs/testing';
import { AT_ONCE, type TripDecision } from '../store/trip-decision.js';

const ADMIN = { kind: TripParty.admin, id: 'admin-1' } as const;
const { assigning, accepted, arriving, inProgress, noDriversFound } = TripStatus;
const ASSIGNMENT_1 = 'trip-1_1';
const ASSIGNMENT_2 = 'trip-1_2';

/** The timers that a step sets, in ms from its moment; `off` for those it takes away. */
function timersOf({ timers, trip, entries }: TripDecision, now = entries[0]?.at ?? 0) {
  return Object.fromEntries(
    timers.map(({ kind, id, at }) => [
      id === trip.id ? kind : `${kind} ${id}`,
      at === null ? 'off' : at === AT_ONCE ? 'at once' : at - now,
    ]),
  );
}

const ENDED = {
  match: 'off',
  approach: 'off',
  waiting: 'off',
  odometer: 'off',
  lost: 'off',
  stuck: 'off',
  archive: sampleRules.archiveAfterMs,
};
const offersOff = { [`offer ${ASSIGNMENT_1}`]: 'off', [`offer ${ASSIGNMENT_2}`]: 'off' };
const withdrawn = (driverId: string, assignmentId: string) => ({
  op: 'withdraw',
  driverId,
  assignmentId,
});
const released = { op: 'release', driverId: 'driver-1' };

describe('what a step does to timers and drivers', () => {
  it('[TRIP2] a request and every end of an offer leave the search in Redis, to be done at once', () => {
    expect(timersOf(new SampleTrip().last)).toMatchObject({ match: 'at once', stuck: 120_000 });
    const sample = SampleTrip.in(assigning);
    const first = { assignmentId: ASSIGNMENT_1, driverId: 'driver-1' };
    sample.play({ kind: 'reject', ...first, reason: 'busy' });
    expect(timersOf(sample.last), 'another driver may still accept').toEqual({
      [`offer ${ASSIGNMENT_1}`]: 'off',
    });
    expect(sample.last.drivers).toEqual([withdrawn('driver-1', ASSIGNMENT_1)]);
    sample.play({ kind: 'unreachable', assignmentId: ASSIGNMENT_2 });
    expect(timersOf(sample.last)).toEqual({ [`offer ${ASSIGNMENT_2}`]: 'off', match: 'at once' });
    expect(sample.last.drivers).toEqual([withdrawn('driver-2', ASSIGNMENT_2)]);
  });

  it('[TRIP2] an offer has its deadline in Redis: first that of its delivery, then that of the answer', () => {
    const sample = SampleTrip.in(assigning);
    expect(timersOf(sample.last)).toEqual({
      [`offer ${ASSIGNMENT_1}`]: 3_000,
      [`offer ${ASSIGNMENT_2}`]: 3_000,
      match: 'off',
    });
    const until = sample.now + 20_000;
    expect(sample.last.drivers).toEqual([
      { op: 'offer', driverId: 'driver-1', assignmentId: ASSIGNMENT_1, until },
      { op: 'offer', driverId: 'driver-2', assignmentId: ASSIGNMENT_2, until },
    ]);
    sample.play({ kind: 'confirmDelivery', assignmentId: ASSIGNMENT_1, driverId: 'driver-1' });
    expect(timersOf(sample.last)).toEqual({ [`offer ${ASSIGNMENT_1}`]: 19_000 });
    const optional = new SampleTrip('trip-1', { ...sampleRules, deliveryMs: null });
    optional.play({ kind: 'startAssigning' }, optional.offerTo('driver-1'));
    expect(timersOf(optional.last)).toMatchObject({ [`offer ${ASSIGNMENT_1}`]: 20_000 });
  });

  it('[TRIP2] a round that found nobody leaves the time of the next one', () => {
    const sample = new SampleTrip().play({ kind: 'startAssigning' });
    const retryAt = sample.now + 4_000;
    sample.play({ ...sample.offerTo(), retryAt } as ReturnType<SampleTrip['offerTo']>);
    expect(timersOf(sample.last)).toEqual({ match: 3_000 });
    expect(sample.trip.search).toMatchObject({ rounds: 1, retryAt });
  });

  it('[TRIP1] an acceptance assigns the winner, frees the losers and ends every deadline of the search', () => {
    const sample = SampleTrip.in(assigning);
    sample.play(sample.acceptBy('driver-2', 2));
    expect(sample.last.drivers).toEqual([
      withdrawn('driver-2', ASSIGNMENT_2),
      { op: 'assign', driverId: 'driver-2' },
      withdrawn('driver-1', ASSIGNMENT_1),
    ]);
    expect(timersOf(sample.last)).toEqual({
      ...offersOff,
      match: 'off',
      approach: 'at once',
      stuck: 600_000,
      archive: 'off',
    });
  });

  it('[TRIP2] each stretch of a ride has its timers: waiting, odometer, a lost driver', () => {
    const sample = SampleTrip.in(accepted);
    sample.play({ kind: 'approach', etaMs: null, position: null });
    expect(timersOf(sample.last)).toMatchObject({ approach: 'off', stuck: 1_200_000 });
    sample.play({ kind: 'arrive', driverId: 'driver-1' });
    expect(timersOf(sample.last)).toEqual({ waiting: 180_000 });
    sample.play({ kind: 'start', driverId: 'driver-1', waitingMs: 0, surcharge: 0 });
    expect(timersOf(sample.last)).toMatchObject({ waiting: 'off', odometer: 60_000 });
    sample.play({ kind: 'measure', meters: 900.25, until: sample.now, settled: null });
    expect(timersOf(sample.last, sample.now)).toEqual({ odometer: 60_000 });
    expect(sample.last.entries).toEqual([]);
    sample.play({ kind: 'loseDriver', driverId: 'driver-1' });
    expect(timersOf(sample.last)).toEqual({ lost: 5_000 });
    expect(sample.last.drivers).toEqual([]);
    sample.play({ kind: 'findDriverAgain', driverId: 'driver-1' });
    expect(timersOf(sample.last)).toEqual({ lost: 'off' });
    sample.play({ kind: 'noteStuck' });
    expect(timersOf(sample.last)).toEqual({ stuck: 10_800_000 });
  });

  it('[TRIP3] every end of a trip frees its drivers and leaves no timer but the one of its archive', () => {
    const complete = SampleTrip.in(inProgress);
    complete.play({ kind: 'complete', driverId: 'driver-1', final: sampleFinal });
    expect(timersOf(complete.last)).toEqual(ENDED);
    expect(complete.last.drivers).toEqual([released]);
    const cancel = { kind: 'cancel', actor: ADMIN, reason: 'by phone' } as const;
    for (const status of [accepted, arriving, inProgress]) {
      const { last } = SampleTrip.in(status).play(cancel);
      expect(timersOf(last)).toEqual(ENDED);
      expect(last.drivers).toEqual([released]);
    }
    const noDrivers = { kind: 'noDrivers', reason: 'marked_by_admin', actor: ADMIN } as const;
    for (const end of [cancel, noDrivers]) {
      const { last } = SampleTrip.in(assigning).play(end);
      expect(timersOf(last)).toEqual({ ...ENDED, ...offersOff });
      expect(last.drivers).toEqual([
        withdrawn('driver-1', ASSIGNMENT_1),
        withdrawn('driver-2', ASSIGNMENT_2),
      ]);
    }
  });

  it('[TRIP3] a search that begins anew frees the driver, and a trip that was over is not archived', () => {
    const lost = SampleTrip.in(arriving).play({ kind: 'loseDriver', driverId: 'driver-1' });
    expect(lost.last.drivers).toEqual([released]);
    expect(timersOf(lost.last)).toMatchObject({
      match: 'at once',
      approach: 'off',
      waiting: 'off',
      stuck: 180_000,
    });
    const over = SampleTrip.in(noDriversFound).play({
      kind: 'retryMatching',
      actor: ADMIN,
      reason: 'try again',
      wanted: { radiusMeters: 9_000, maxOffers: 4, offerTtlMs: 7_000 },
    });
    expect(timersOf(over.last)).toMatchObject({ match: 'at once', archive: 'off' });
    expect(over.trip).toMatchObject({ endedAt: 0, noDriversReason: null });
    expect(over.trip.search).toMatchObject({
      startedAt: over.now,
      endsAt: over.now + 60_000,
      radiusMeters: 9_000,
      maxOffers: 4,
      offerTtlMs: 7_000,
      firstOffer: 2,
    });
    over.play(over.offerTo('driver-2'));
    expect(over.trip.offers.at(-1)).toMatchObject({ expiresAt: over.now + 7_000 });
  });
});
