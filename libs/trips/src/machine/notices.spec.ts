import { describe, expect, it } from 'vitest';
import { TripParty, TripStatus } from '#libs/contracts';
import { sampleFinal, SampleTrip } from '#libs/testing';
import { type TripDecision } from '../store/trip-decision.js';
import { type TripCommand } from './trip-command.js';

const ADMIN = { kind: TripParty.admin, id: 'admin-1' } as const;
const PASSENGER = { kind: TripParty.passenger, id: 'passenger-1' } as const;
const PASSENGER_CARD = {
  id: 'passenger-1',
  name: 'Ada',
  photoUrl: null,
  phoneMasked: '+*********07',
};
const DRIVER_CARD = {
  id: 'driver-1',
  name: 'Bo',
  photoUrl: null,
  phoneMasked: '+*********42',
  phone: null,
  ratingAvg: null,
  ratingCount: null,
};

/** What a step says: each entry with its events and whom they are for, in order. */
function saidBy({ entries }: TripDecision): string[] {
  return entries.flatMap(({ type, notices }) =>
    notices.length === 0
      ? [`${type}: nobody`]
      : notices.map(({ to, event }) => `${type}: ${event} > ${to.join(' ')}`),
  );
}

/** The payload that an audience gets of an event, without what every event of a trip has. */
function payloadOf({ entries }: TripDecision, audience: string, event: string): object {
  const found = entries
    .flatMap(({ notices }) => notices)
    .filter((notice) => notice.event === event && notice.to.some((to) => to === audience));
  expect(found, `${event} for ${audience}`).toHaveLength(1);
  const { tripId, version, at, status, currentStatus, ...rest } = found[0]!.payload;
  expect({ tripId, status: currentStatus }).toEqual({ tripId: 'trip-1', status });
  expect(version).toBeTypeOf('number');
  expect(at).toMatch(/^2026-01-05T12:.*Z$/);
  return rest;
}

function playedIn(status: TripStatus, ...commands: TripCommand[]): TripDecision {
  return SampleTrip.in(status).play(...commands).last;
}

const { pending, assigning, accepted, arriving, inProgress } = TripStatus;
const bothDrivers = new SampleTrip();
const accept = bothDrivers.acceptBy('driver-1');
const ASSIGNMENT = { assignmentId: 'trip-1_1', driverId: 'driver-1', vehicleId: null };

describe('what a trip says, and to whom', () => {
  it('[TRIP4] a request is told to its passenger and to dispatchers', () => {
    const { last } = new SampleTrip();
    expect(saidBy(last)).toEqual(['trip_requested: trip:requested > passenger admin']);
    expect(payloadOf(last, 'passenger', 'trip:requested')).toEqual({
      previousStatus: 'pending',
      passengerId: 'passenger-1',
      requestedAt: '2026-01-05T12:00:00.000Z',
      pickup: { lat: 41.9, lng: 12.5, address: 'Via Appia 1' },
      fareEstimatedTotal: 990,
      fareFinalCurrency: 'EUR',
    });
  });

  it('[TRIP4] the search is told to its passenger, its rounds to nobody, an offer to the driver asked', () => {
    const started = playedIn(pending, { kind: 'startAssigning' });
    expect(saidBy(started)).toEqual([
      'assigning_started: trip:assigning_started > passenger admin',
    ]);
    expect(payloadOf(started, 'passenger', 'trip:assigning_started')).toEqual({
      previousStatus: 'pending',
    });
    const { last } = SampleTrip.in(assigning);
    expect(saidBy(last)).toEqual([
      'dispatch_round: nobody',
      'driver_offered: trip:assignment:offered > driver:driver-1 admin',
      'driver_offered: trip:assignment:offered > driver:driver-2 admin',
    ]);
    expect(payloadOf(last, 'driver:driver-1', 'trip:assignment:offered')).toEqual({
      previousStatus: 'assigning',
      ...ASSIGNMENT,
      ttlSec: 20,
      expiresAt: '2026-01-05T12:00:22.000Z',
      pickup: { lat: 41.9, lng: 12.5, address: 'Via Appia 1' },
      stops: [{ lat: 41.92, lng: 12.52, address: null }],
      paymentMode: 'card',
      distanceMeters: 640,
      etaMinutes: 1,
      fareEstimatedTotal: 990,
      currency: 'EUR',
    });
  });

  it('[TRIP4] the winner is shown to the passenger, the passenger to the winner, the offer is taken from the losers', () => {
    const decision = playedIn(assigning, accept);
    expect(saidBy(decision)).toEqual([
      'driver_accepted: trip:driver_accepted > passenger',
      'driver_accepted: trip:assignment:accepted > driver:driver-1 admin',
      'driver_assigned: trip:driver_assigned > passenger',
      'driver_assigned: trip:driver_assigned > driver:driver-1 admin',
      'assignment_cancelled: trip:offer:cancelled > driver:driver-2 admin',
    ]);
    const assigned = {
      previousStatus: 'assigning',
      ...ASSIGNMENT,
      passengerId: 'passenger-1',
      driver: DRIVER_CARD,
      vehicle: null,
    };
    for (const event of ['trip:driver_accepted', 'trip:driver_assigned']) {
      expect(payloadOf(decision, 'passenger', event)).toEqual({ ...assigned, passenger: null });
    }
    expect(payloadOf(decision, 'admin', 'trip:driver_assigned')).toEqual({
      ...assigned,
      passenger: PASSENGER_CARD,
    });
    expect(payloadOf(decision, 'driver:driver-1', 'trip:driver_assigned')).toMatchObject({
      passenger: PASSENGER_CARD,
    });
    expect(payloadOf(decision, 'driver:driver-2', 'trip:offer:cancelled')).toEqual({
      previousStatus: 'assigning',
      assignmentId: 'trip-1_2',
      driverId: 'driver-2',
      vehicleId: null,
      reason: 'taken_by_another_driver',
    });
  });

  it('[TRIP4] a refusal is told to dispatchers, the end of an offer to its driver and to dispatchers', () => {
    const assignmentId = 'trip-1_1';
    const driverId = 'driver-1';
    const rejected = playedIn(assigning, {
      kind: 'reject',
      assignmentId,
      driverId,
      reason: 'price',
    });
    expect(saidBy(rejected)).toEqual(['driver_rejected: trip:assignment:rejected > admin']);
    expect(payloadOf(rejected, 'admin', 'trip:assignment:rejected')).toEqual({
      previousStatus: 'assigning',
      ...ASSIGNMENT,
      reason: 'price',
    });
    const late = SampleTrip.in(assigning);
    late.now += 30_000;
    const skipped = SampleTrip.in(assigning);
    for (const [sample, kind, reason] of [
      [late, 'expire', 'expired'],
      [skipped, 'unreachable', 'unreachable'],
    ] as const) {
      const { last } = sample.play({ kind, assignmentId });
      expect(saidBy(last)).toEqual([
        'assignment_expired: trip:offer:expired > driver:driver-1',
        'assignment_expired: trip:assignment:expired > admin',
      ]);
      expect(payloadOf(last, 'driver:driver-1', 'trip:offer:expired')).toMatchObject({ reason });
      expect(payloadOf(last, 'admin', 'trip:assignment:expired')).toMatchObject({ reason });
    }
    const delivered = playedIn(assigning, { kind: 'confirmDelivery', assignmentId, driverId });
    expect(saidBy(delivered)).toEqual(['offer_delivered: nobody']);
  });

  it('[TRIP4] the way to the pickup, the ride and its end are told to the passenger, the driver and dispatchers', () => {
    const all = 'passenger driver:driver-1 admin';
    const approach = playedIn(accepted, {
      kind: 'approach',
      etaMs: 82_000,
      position: { lat: 41.901, lng: 12.5 },
    });
    expect(saidBy(approach)).toEqual([
      `arriving_started: trip:arriving_started > ${all}`,
      `driver_en_route: trip:driver_en_route > ${all}`,
    ]);
    expect(payloadOf(approach, 'passenger', 'trip:driver_en_route')).toEqual({
      previousStatus: 'accepted',
      driverId: 'driver-1',
      etaMinutes: 1,
      driverPosition: { lat: 41.901, lng: 12.5 },
    });
    const arrive = { kind: 'arrive', driverId: 'driver-1' } as const;
    expect(saidBy(playedIn(accepted, arrive))).toEqual([
      `arriving_started: trip:arriving_started > ${all}`,
      `driver_en_route: trip:driver_en_route > ${all}`,
      `driver_arrived_pickup: trip:driver_arrived_pickup > ${all}`,
    ]);
    const wait = { kind: 'wait', waitingMs: 200_400, surcharge: 30, nextAt: null } as const;
    const waited = playedIn(arriving, arrive, wait);
    expect(saidBy(waited)).toEqual([`penalty_applied: trip:waiting_surcharge_applied > ${all}`]);
    expect(payloadOf(waited, 'passenger', 'trip:waiting_surcharge_applied')).toEqual({
      previousStatus: 'arriving',
      driverId: 'driver-1',
      waitingSec: 200,
      surcharge: 30,
      currency: 'EUR',
    });
    expect(saidBy(playedIn(arriving, arrive, wait, wait)), 'nothing more to pay').toEqual([]);
    const start = { kind: 'start', driverId: 'driver-1', waitingMs: 0, surcharge: 0 } as const;
    expect(saidBy(playedIn(arriving, start))).toEqual([`trip_started: trip:started > ${all}`]);
    expect(saidBy(playedIn(arriving, { ...start, waitingMs: 200_000, surcharge: 30 }))).toEqual([
      `penalty_applied: trip:waiting_surcharge_applied > ${all}`,
      `trip_started: trip:started > ${all}`,
    ]);
    expect(
      saidBy(playedIn(inProgress, { kind: 'measure', meters: 10, until: 5, settled: null })),
    ).toEqual([]);
    const completed = playedIn(inProgress, {
      kind: 'complete',
      driverId: 'driver-1',
      final: sampleFinal,
    });
    expect(saidBy(completed)).toEqual([`trip_completed: trip:completed > ${all}`]);
    expect(payloadOf(completed, 'passenger', 'trip:completed')).toEqual({
      previousStatus: 'in_progress',
      driverId: 'driver-1',
      fareTotal: 1_234,
      currency: 'EUR',
      distanceMeters: 5_600,
      durationSec: 754,
      waitingSurcharge: 0,
    });
  });

  it('[TRIP4] a cancellation is told to all who follow the trip, with who did it and why', () => {
    const cancel = { kind: 'cancel', actor: PASSENGER, reason: 'plans changed' } as const;
    expect(saidBy(playedIn(pending, cancel))).toEqual([
      'trip_canceled: trip:cancelled > passenger admin',
    ]);
    expect(saidBy(playedIn(assigning, cancel))).toEqual([
      'trip_canceled: trip:cancelled > passenger admin',
      'assignment_cancelled: trip:offer:cancelled > driver:driver-1 admin',
      'assignment_cancelled: trip:offer:cancelled > driver:driver-2 admin',
    ]);
    for (const status of [accepted, arriving, inProgress]) {
      const decision = playedIn(status, { ...cancel, note: 'seen by nobody' });
      expect(saidBy(decision)).toEqual([
        'trip_canceled: trip:cancelled > passenger driver:driver-1 admin',
      ]);
      expect(payloadOf(decision, 'driver:driver-1', 'trip:cancelled')).toEqual({
        previousStatus: status,
        by: 'passenger',
        reason: 'plans changed',
        driverId: 'driver-1',
      });
      expect(decision.trip.cancellation).toEqual({
        by: 'passenger',
        reason: 'plans changed',
        note: 'seen by nobody',
      });
    }
  });

  it('[TRIP4] the end of a search is told to the passenger with its reason, and takes back what is open', () => {
    const decision = playedIn(assigning, {
      kind: 'noDrivers',
      reason: 'marked_by_admin',
      actor: ADMIN,
    });
    expect(saidBy(decision)).toEqual([
      'no_drivers_found: trip:no_drivers_found > passenger admin',
      'assignment_cancelled: trip:offer:cancelled > driver:driver-1 admin',
      'assignment_cancelled: trip:offer:cancelled > driver:driver-2 admin',
      'action_issued: admin:trip:action_issued > admin',
    ]);
    expect(payloadOf(decision, 'passenger', 'trip:no_drivers_found')).toEqual({
      previousStatus: 'assigning',
      reason: 'marked_by_admin',
    });
  });

  it('[TRIP4] a driver that is lost is told to the passenger, with what happens next', () => {
    const all = 'passenger driver:driver-1 admin';
    const lose = { kind: 'loseDriver', driverId: 'driver-1' } as const;
    const before = playedIn(arriving, lose);
    expect(saidBy(before)).toEqual([
      `driver_lost: trip:driver_lost > ${all}`,
      'assigning_started: trip:assigning_started > passenger admin',
    ]);
    expect(payloadOf(before, 'passenger', 'trip:driver_lost')).toMatchObject({ reassigning: true });
    const during = playedIn(inProgress, lose);
    expect(saidBy(during)).toEqual([`driver_lost: trip:driver_lost > ${all}`]);
    expect(payloadOf(during, 'passenger', 'trip:driver_lost')).toMatchObject({
      driverId: 'driver-1',
      reassigning: false,
    });
    const back = playedIn(inProgress, lose, { kind: 'findDriverAgain', driverId: 'driver-1' });
    expect(saidBy(back)).toEqual([`driver_returned: trip:driver_returned > ${all}`]);
  });

  it('[TRIP4] what dispatchers do is told to those whom it concerns, and by whom only to dispatchers', () => {
    const retry = playedIn(assigning, {
      kind: 'retryMatching',
      actor: ADMIN,
      reason: 'try again',
      wanted: { maxOffers: 3 },
    });
    expect(saidBy(retry)).toEqual([
      'assignment_cancelled: trip:offer:cancelled > driver:driver-1 admin',
      'assignment_cancelled: trip:offer:cancelled > driver:driver-2 admin',
      'matching_retried: admin:trip:action_issued > admin',
      'assigning_started: trip:assigning_started > passenger admin',
    ]);
    const override = playedIn(arriving, {
      kind: 'override',
      actor: ADMIN,
      target: assigning,
      reason: 'flat tyre',
      note: 'seen by nobody',
      final: null,
    });
    expect(saidBy(override)).toEqual([
      'assigning_started: trip:assigning_started > passenger admin',
      'status_overridden: trip:status_overridden > passenger admin driver:driver-1',
      'action_issued: admin:trip:action_issued > admin',
    ]);
    expect(payloadOf(override, 'driver:driver-1', 'trip:status_overridden')).toEqual({
      previousStatus: 'arriving',
      reason: 'flat tyre',
      fareTotal: null,
    });
    const message = { kind: 'message', actor: ADMIN, message: 'hello' } as const;
    const sentTo = { passenger: 'passenger', driver: 'driver:driver-1' };
    for (const [target, to] of [...Object.entries(sentTo), ['both', 'passenger driver:driver-1']])
      expect(saidBy(playedIn(accepted, { ...message, target: target as 'both' }))).toEqual([
        `message_sent: trip:message > ${to}`,
        'message_sent: admin:trip:message_sent > admin',
      ]);
    const cancel = { kind: 'cancel', actor: ADMIN, reason: 'by phone' } as const;
    expect(saidBy(playedIn(accepted, cancel))).toEqual([
      'trip_canceled: trip:cancelled > passenger driver:driver-1 admin',
      'action_issued: admin:trip:action_issued > admin',
    ]);
    expect(saidBy(playedIn(accepted, { kind: 'noteStuck' }))).toEqual([
      'trip_stuck: admin:trip:stuck > admin',
    ]);
  });
});
