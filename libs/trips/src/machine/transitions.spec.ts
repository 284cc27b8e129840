import { beforeEach, describe, expect, it } from 'vitest';
import { RequestError, TripParty, TripStatus } from '#libs/contracts';
import { SampleTrip, sampleCard, sampleFinal } from '#libs/testing';
import { type TripDecision } from '../store/trip-decision.js';
import { type TripCommand, type TripCommandKind } from './trip-command.js';

const STATUSES = Object.values(TripStatus);
const ADMIN = { kind: TripParty.admin, id: 'admin-1' } as const;
const SYSTEM = { kind: TripParty.system } as const;

/** What a command does by status: the status after it, or one of these, or the code of its refusal. */
const DONE = 'done already';
const NO = 'TRIP_STATUS_CONFLICT';
const NOT_YOURS = 'NOT_FOUND';
const NO_OFFER = 'ASSIGNMENT_NOT_FOUND';
const ANSWERED = 'ASSIGNMENT_ALREADY_RESPONDED';
const LATE = 'ASSIGNMENT_EXPIRED';
const { pending, assigning, accepted, arriving, inProgress, completed, cancelled, noDriversFound } =
  TripStatus;

/** Columns: pending, assigning, accepted, arriving, in_progress, completed, cancelled, no_drivers_found. */
const OF_THE_DRIVER: Record<Exclude<TripCommandKind, 'override'>, readonly string[]> = {
  startAssigning: [assigning, DONE, DONE, DONE, DONE, DONE, DONE, DONE],
  offer: [NO, assigning, NO, NO, NO, NO, NO, NO],
  confirmDelivery: [NO_OFFER, assigning, DONE, DONE, DONE, DONE, DONE, DONE],
  accept: [NO_OFFER, accepted, DONE, DONE, DONE, DONE, DONE, LATE],
  reject: [NO_OFFER, assigning, ANSWERED, ANSWERED, ANSWERED, ANSWERED, ANSWERED, LATE],
  expire: [DONE, assigning, DONE, DONE, DONE, DONE, DONE, DONE],
  unreachable: [DONE, assigning, DONE, DONE, DONE, DONE, DONE, DONE],
  noDrivers: [noDriversFound, noDriversFound, NO, NO, NO, NO, NO, NO],
  approach: [NO, NO, arriving, DONE, NO, NO, NO, NO],
  arrive: [NOT_YOURS, NOT_YOURS, arriving, arriving, DONE, DONE, NO, NOT_YOURS],
  wait: [DONE, DONE, DONE, DONE, DONE, DONE, DONE, DONE],
  start: [NOT_YOURS, NOT_YOURS, inProgress, inProgress, DONE, NO, NO, NOT_YOURS],
  measure: [NO, NO, NO, NO, inProgress, NO, NO, NO],
  complete: [NOT_YOURS, NOT_YOURS, NO, NO, completed, DONE, NO, NOT_YOURS],
  cancel: [cancelled, cancelled, cancelled, cancelled, cancelled, NO, DONE, NO],
  loseDriver: [DONE, DONE, assigning, assigning, inProgress, DONE, DONE, DONE],
  findDriverAgain: [DONE, DONE, DONE, DONE, DONE, DONE, DONE, DONE],
  retryMatching: [assigning, assigning, NO, NO, NO, NO, NO, assigning],
  message: [pending, assigning, accepted, arriving, inProgress, NO, NO, NO],
  noteStuck: [pending, assigning, accepted, arriving, inProgress, NO, NO, NO],
};

/** The same of a driver who has no part in the trip, where it differs by the driver. */
const OF_A_STRANGER: Partial<Record<TripCommandKind, string>> = {
  confirmDelivery: NO_OFFER,
  accept: NO_OFFER,
  reject: NO_OFFER,
  arrive: NOT_YOURS,
  start: NOT_YOURS,
  complete: NOT_YOURS,
  loseDriver: DONE,
  findDriverAgain: DONE,
};

const OVERRIDES: Record<TripStatus, readonly string[]> = {
  pending: [NO, NO, NO, NO, NO, NO, NO, NO],
  assigning: [assigning, NO, assigning, assigning, NO, NO, NO, NO],
  accepted: [NO, NO, NO, NO, NO, NO, NO, NO],
  arriving: [NO, NO, arriving, NO, NO, NO, NO, NO],
  in_progress: [NO, NO, inProgress, inProgress, NO, NO, NO, NO],
  completed: [NO, NO, completed, completed, completed, NO, NO, NO],
  cancelled: [cancelled, cancelled, cancelled, cancelled, cancelled, NO, NO, NO],
  no_drivers_found: [noDriversFound, noDriversFound, NO, NO, NO, NO, NO, NO],
};

function commandsOf(
  sample: SampleTrip,
  driverId: string,
): Record<keyof typeof OF_THE_DRIVER, TripCommand> {
  const assignmentId = sample.assignment();
  return {
    startAssigning: { kind: 'startAssigning' },
    offer: sample.offerTo('driver-3'),
    confirmDelivery: { kind: 'confirmDelivery', assignmentId, driverId },
    accept: { kind: 'accept', assignmentId, driverId, driver: sampleCard(driverId) },
    reject: { kind: 'reject', assignmentId, driverId, reason: 'busy' },
    expire: { kind: 'expire', assignmentId },
    unreachable: { kind: 'unreachable', assignmentId },
    noDrivers: { kind: 'noDrivers', reason: 'matching_exhausted', actor: SYSTEM },
    approach: { kind: 'approach', etaMs: 82_000, position: null },
    arrive: { kind: 'arrive', driverId },
    wait: { kind: 'wait', waitingMs: 200_000, surcharge: 30, nextAt: null },
    start: { kind: 'start', driverId, waitingMs: 0, surcharge: 0 },
    measure: { kind: 'measure', meters: 120.5, until: sample.now, settled: null },
    complete: { kind: 'complete', driverId, final: sampleFinal },
    cancel: { kind: 'cancel', actor: ADMIN, reason: 'by phone' },
    loseDriver: { kind: 'loseDriver', driverId },
    findDriverAgain: { kind: 'findDriverAgain', driverId },
    retryMatching: { kind: 'retryMatching', actor: ADMIN, reason: 'try again', wanted: {} },
    message: { kind: 'message', actor: ADMIN, target: 'both', message: 'hello' },
    noteStuck: { kind: 'noteStuck' },
  };
}

/** Asks, and checks what holds for every answer: what was given stays as it was, numbers count up. */
function outcomeOf(sample: SampleTrip, command: TripCommand): string {
  const before = structuredClone(sample.trip);
  try {
    const decision = sample.ask(command);
    if (!decision) return DONE;
    assertCounts(sample, decision);
    return decision.trip.status;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return error.code;
  } finally {
    expect(sample.trip, `${command.kind} changed what it was given`).toEqual(before);
  }
}

function assertCounts({ trip: before, now }: SampleTrip, decision: TripDecision): void {
  const { trip, entries, from } = decision;
  expect(from).toBe(before.revision);
  expect(trip.revision).toBe(before.revision + 1);
  expect(trip.version).toBe(before.version + entries.length);
  entries.forEach((entry, i) => {
    expect(entry).toMatchObject({ version: before.version + i + 1, at: now });
    for (const { payload } of entry.notices) {
      expect(payload).toMatchObject({
        tripId: trip.id,
        version: entry.version,
        at: new Date(now).toISOString(),
      });
    }
  });
}

describe('the state machine of trips', () => {
  describe.each(STATUSES)('when a trip is %s', (status) => {
    const column = STATUSES.indexOf(status);
    let sample: SampleTrip;
    beforeEach(() => {
      sample = SampleTrip.in(status);
    });

    it('[TRIP3] each step leads where it is documented to, or is refused with a code and changes nothing', () => {
      // Offers last 20 s: only these two come when it is over.
      const late = SampleTrip.in(status);
      late.now += 30_000;
      expect(sample.trip.status).toBe(status);
      const outcomes = Object.entries(commandsOf(sample, 'driver-1')).map(([kind, command]) => [
        kind,
        outcomeOf(kind === 'expire' || kind === 'unreachable' ? late : sample, command),
      ]);
      const documented = Object.entries(OF_THE_DRIVER).map(([kind, row]) => [kind, row[column]]);
      expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(documented));
    });

    it('[TRIP3] a driver who has no part in it can do nothing to it and learns nothing of it', () => {
      const commands = commandsOf(sample, 'driver-9');
      for (const [kind, outcome] of Object.entries(OF_A_STRANGER))
        expect([kind, outcomeOf(sample, commands[kind as 'accept'])]).toEqual([kind, outcome]);
    });

    it.each(STATUSES)('[TRIP3] a dispatcher sets it to %s only where that is sound', (target) => {
      const command = { kind: 'override', actor: ADMIN, target, reason: 'by hand' } as const;
      const outcome = outcomeOf(sample, { ...command, final: sampleFinal });
      expect(outcome).toBe(OVERRIDES[target][column]);
      if (target === completed)
        expect(outcomeOf(sample, { ...command, final: null }), 'without figures').toBe(NO);
    });
  });

  it('[TRIP3] a driver sets out on its own trip only', () => {
    const approach = { kind: 'approach', etaMs: null, position: null } as const;
    const outcomes = STATUSES.map((status) => {
      const sample = SampleTrip.in(status);
      const stranger = outcomeOf(sample, { ...approach, driverId: 'driver-9' });
      return [outcomeOf(sample, { ...approach, driverId: 'driver-1' }), stranger];
    });
    expect(outcomes).toEqual(
      [NOT_YOURS, NOT_YOURS, arriving, DONE, NO, NO, NO, NOT_YOURS].map((own) => [own, NOT_YOURS]),
    );
  });

  it('[TRIP3] a message to a driver who is not there is refused', () => {
    const message = { kind: 'message', actor: ADMIN, target: 'driver', message: 'hello' } as const;
    expect(STATUSES.map((status) => outcomeOf(SampleTrip.in(status), message))).toEqual([
      NO,
      NO,
      accepted,
      arriving,
      inProgress,
      NO,
      NO,
      NO,
    ]);
  });

  it('[TRIP3] a refusal names the trip, its status and its version', () => {
    const sample = SampleTrip.in(completed);
    const { version } = sample.trip;
    const cancel = { kind: 'cancel', actor: ADMIN, reason: 'late' } as const;
    expect(() => sample.ask(cancel)).toThrowError(
      expect.objectContaining({
        code: 'TRIP_STATUS_CONFLICT',
        details: { tripId: 'trip-1', status: 'completed', version },
      }),
    );
  });

  it('[TRIP3] an offer answered by its deadline counts, a moment later it does not', () => {
    const sample = SampleTrip.in(assigning);
    const { expiresAt } = sample.trip.offers[0]!;
    const accept = sample.acceptBy('driver-1');
    const reject = {
      kind: 'reject',
      assignmentId: sample.assignment(),
      driverId: 'driver-1',
      reason: 'price',
    } as const;
    const confirm = {
      kind: 'confirmDelivery',
      assignmentId: sample.assignment(),
      driverId: 'driver-1',
    } as const;
    sample.now = expiresAt;
    for (const answer of [accept, reject, confirm])
      expect(outcomeOf(sample, answer)).not.toBe(LATE);
    expect(sample.ask(accept)?.notAfter).toBe(expiresAt);
    sample.now += 1;
    for (const answer of [accept, reject, confirm]) expect(outcomeOf(sample, answer)).toBe(LATE);
  });

  it('[TRIP3] an offer does not expire before its time, nor count as unreachable once it was delivered', () => {
    const sample = SampleTrip.in(assigning);
    const assignmentId = sample.assignment();
    sample.now = sample.trip.offers[0]!.expiresAt - 1;
    expect(outcomeOf(sample, { kind: 'expire', assignmentId })).toBe(DONE);
    const late = SampleTrip.in(assigning).play({
      kind: 'confirmDelivery',
      assignmentId,
      driverId: 'driver-1',
    });
    expect(outcomeOf(late, { kind: 'unreachable', assignmentId })).toBe(DONE);
  });

  it('[TRIP3] whoever answered, lost or was skipped is told what became of the offer', () => {
    const rejected = SampleTrip.in(assigning);
    rejected.play({
      kind: 'reject',
      assignmentId: rejected.assignment(),
      driverId: 'driver-1',
      reason: 'price',
    });
    expect(outcomeOf(rejected, rejected.acceptBy('driver-1'))).toBe(ANSWERED);
    expect(outcomeOf(rejected, commandsOf(rejected, 'driver-1').reject)).toBe(DONE);

    const lost = SampleTrip.in(assigning).play(new SampleTrip().acceptBy('driver-2', 2));
    expect(outcomeOf(lost, lost.acceptBy('driver-1'))).toBe('ASSIGNMENT_STATE_CHANGED');

    const skipped = SampleTrip.in(assigning);
    skipped.play({ kind: 'unreachable', assignmentId: skipped.assignment() });
    expect(outcomeOf(skipped, skipped.acceptBy('driver-1'))).toBe(LATE);
  });

  it('[TRIP3] a driver that is lost in mid-trip is lost once and found once', () => {
    const sample = SampleTrip.in(inProgress);
    const lose = { kind: 'loseDriver', driverId: 'driver-1' } as const;
    const find = { kind: 'findDriverAgain', driverId: 'driver-1' } as const;
    sample.play(lose);
    expect(sample.trip.driverLostAt).toBe(sample.now);
    expect(outcomeOf(sample, lose)).toBe(DONE);
    expect(outcomeOf(sample, { ...find, driverId: 'driver-9' })).toBe(DONE);
    expect(outcomeOf(sample, find)).toBe(inProgress);
    expect(outcomeOf(sample.play(find), find)).toBe(DONE);
    expect(sample.trip).toMatchObject({ driverLostAt: 0, driverId: 'driver-1' });
  });

  it('[TRIP3] waiting counts from the arrival to the start', () => {
    const sample = SampleTrip.in(arriving).play({ kind: 'arrive', driverId: 'driver-1' });
    const { wait } = commandsOf(sample, 'driver-1');
    expect(outcomeOf(sample, wait)).toBe(arriving);
    sample.play(wait, { kind: 'start', driverId: 'driver-1', waitingMs: 250_000, surcharge: 60 });
    expect(sample.trip.waiting).toEqual({ ms: 250_000, surcharge: 60 });
    expect(outcomeOf(sample, wait)).toBe(DONE);
  });

  it('[TRIP3] a driver who lost the trip, refused it or drove it before is not the one who drives it next', () => {
    const sample = SampleTrip.in(arriving).play({ kind: 'loseDriver', driverId: 'driver-1' });
    expect(sample.trip).toMatchObject({
      status: assigning,
      driverId: null,
      driver: null,
      assignmentId: null,
      acceptedAt: 0,
      arrivedAt: 0,
      driverLostAt: 0,
    });
    expect(outcomeOf(sample, sample.acceptBy('driver-1'))).toBe(ANSWERED);
    expect(outcomeOf(sample, { kind: 'arrive', driverId: 'driver-1' })).toBe(NOT_YOURS);
    sample.play(sample.offerTo('driver-3'), sample.acceptBy('driver-3', 3));
    expect(sample.trip).toMatchObject({ status: accepted, driverId: 'driver-3' });
  });
});
