import { describe, expect, it } from 'vitest';
import { RequestError, TERMINAL_TRIP_STATUSES, TripParty, TripStatus } from '#libs/contracts';
import { sampleCard, sampleFinal, SampleTrip, seededRandom } from '#libs/testing';
import { AT_ONCE, type TripDecision } from '../store/trip-decision.js';
import { openOffers } from '../store/trip-record.js';
import { type TripCommand, type TripCommandKind } from './trip-command.js';
import { ALLOWED_IN } from './trip-transitions.js';

const TRIPS = 150;
const STEPS = 60;
const KINDS = Object.keys(ALLOWED_IN) as TripCommandKind[];
const STATUSES = Object.values(TripStatus);
/** These throw a trip back or end it: were they as frequent as others, no walk would get far. */
const SELDOM: readonly TripCommandKind[] = ['cancel', 'noDrivers', 'override', 'loseDriver'];
const ONWARD: readonly TripCommandKind[] = ['offer', 'accept', 'arrive', 'wait', 'start'];
const DRIVERS = ['driver-1', 'driver-2', 'driver-3', 'driver-4'];

/** Any command, of any driver, about any offer; with one look at the trip so that some fit. */
function randomCommand(sample: SampleTrip, random: () => number): TripCommand {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const { trip, now } = sample;
  const offer = random() < 0.8 ? (openOffers(trip)[0] ?? trip.offers.at(-1)) : pick(trip.offers);
  const driverId =
    random() < 0.85 ? (trip.driverId ?? offer?.driverId ?? 'driver-1') : pick(DRIVERS);
  const assignmentId = offer?.assignmentId ?? 'trip-1_1';
  const actor = pick([
    { kind: TripParty.admin, id: 'admin-1' },
    { kind: TripParty.passenger, id: 'passenger-1' },
    { kind: TripParty.system },
  ] as const);
  const answer = { assignmentId, driverId };
  // The script refuses an offer to a driver who has one.
  const asked = new Set(openOffers(trip).map((open) => open.driverId));
  const free = DRIVERS.filter((id) => !asked.has(id));
  const surcharge = Math.floor(random() * 4) * 30;
  const commands: { [Kind in TripCommandKind]: Extract<TripCommand, { kind: Kind }> } = {
    startAssigning: { kind: 'startAssigning' },
    offer: sample.offerTo(...free.filter(() => random() < 0.4)) as Extract<
      TripCommand,
      { kind: 'offer' }
    >,
    confirmDelivery: { kind: 'confirmDelivery', ...answer },
    accept: { kind: 'accept', ...answer, driver: sampleCard(driverId) },
    reject: { kind: 'reject', ...answer, reason: 'other' },
    expire: { kind: 'expire', assignmentId },
    unreachable: { kind: 'unreachable', assignmentId },
    noDrivers: { kind: 'noDrivers', reason: 'matching_exhausted', actor },
    approach: { kind: 'approach', etaMs: 60_000, position: null },
    arrive: { kind: 'arrive', driverId },
    wait: { kind: 'wait', waitingMs: 1_000, surcharge, nextAt: now + 60_000 },
    start: { kind: 'start', driverId, waitingMs: 1_000, surcharge },
    measure: { kind: 'measure', meters: random() * 1_000, until: now, settled: null },
    complete: { kind: 'complete', driverId, final: sampleFinal },
    cancel: { kind: 'cancel', actor, reason: 'r' },
    loseDriver: { kind: 'loseDriver', driverId },
    findDriverAgain: { kind: 'findDriverAgain', driverId },
    retryMatching: { kind: 'retryMatching', actor, reason: 'r', wanted: {} },
    override: {
      kind: 'override',
      actor,
      target: pick(STATUSES),
      reason: 'r',
      note: 'N',
      final: sampleFinal,
    },
    message: {
      kind: 'message',
      actor,
      target: pick(['passenger', 'driver', 'both']),
      message: 'm',
    },
    noteStuck: { kind: 'noteStuck' },
  };
  const kind = pick(KINDS);
  return commands[SELDOM.includes(kind) && random() < 0.85 ? pick(ONWARD) : kind];
}

/** What Redis would hold of the trip: its timers, and what drivers are kept busy by it. */
class World {
  readonly timers = new Map<string, number>();
  readonly offered = new Map<string, string>();
  readonly assigned = new Set<string>();

  take({ timers, drivers }: TripDecision): void {
    for (const { kind, id, at } of timers) {
      if (at === null) this.timers.delete(`${kind}:${id}`);
      else this.timers.set(`${kind}:${id}`, at);
    }
    for (const change of drivers) {
      const { op, driverId } = change;
      if (op === 'offer') this.offered.set(driverId, change.assignmentId);
      else if (op === 'assign') this.assigned.add(driverId);
      else if (op === 'release') this.assigned.delete(driverId);
      else if (this.offered.get(driverId) === change.assignmentId) this.offered.delete(driverId);
    }
  }
}

function assertInvariants({ trip, last, now }: SampleTrip, world: World, before: number): void {
  expect(last.entries.map(({ version }) => version)).toEqual(
    last.entries.map((_, i) => before + i + 1),
  );
  expect(trip.version).toBe(before + last.entries.length);

  for (const { notices } of last.entries) {
    const told = notices.flatMap(({ to }) => to);
    expect(new Set(told).size, 'one event a version for each').toBe(told.length);
  }

  const isOver = TERMINAL_TRIP_STATUSES.includes(trip.status);
  const open = openOffers(trip);
  if (trip.status !== TripStatus.assigning) expect(open).toEqual([]);
  expect(Object.fromEntries(world.offered)).toEqual(
    Object.fromEntries(open.map(({ driverId, assignmentId }) => [driverId, assignmentId])),
  );
  const drives = !isOver && trip.driverId !== null;
  expect([...world.assigned]).toEqual(drives ? [trip.driverId] : []);
  const needsDriver = ['accepted', 'arriving', 'in_progress', 'completed'].includes(trip.status);
  const hasNone = ['pending', 'assigning', 'no_drivers_found'].includes(trip.status);
  if (needsDriver) expect(trip.driverId).not.toBeNull();
  if (hasNone) expect(trip).toMatchObject({ driverId: null, driver: null, assignmentId: null });

  expect(trip.endedAt > 0).toBe(isOver);
  expect(trip.final !== null).toBe(trip.status === TripStatus.completed);
  expect(trip.noDriversReason !== null).toBe(trip.status === TripStatus.noDriversFound);
  expect(trip.cancellation !== null).toBe(trip.status === TripStatus.cancelled);

  const timers = [...world.timers.keys()];
  if (isOver) expect(timers).toEqual([`archive:${trip.id}`]);
  else expect(timers).toContain(`stuck:${trip.id}`);
  expect(timers.filter((name) => name.startsWith('offer:')).toSorted()).toEqual(
    open.map(({ assignmentId }) => `offer:${assignmentId}`).toSorted(),
  );
  // Whatever a trip waits for wakes it up: an answer, the next round, or the end of a stretch.
  if (trip.status === TripStatus.pending || (trip.status === TripStatus.assigning && !open[0]))
    expect(timers).toContain(`match:${trip.id}`);
  if (trip.status === TripStatus.accepted) expect(timers).toContain(`approach:${trip.id}`);
  if (trip.status === TripStatus.inProgress) expect(timers).toContain(`odometer:${trip.id}`);
  if (trip.driverLostAt > 0) expect(timers).toContain(`lost:${trip.id}`);
  for (const [name, at] of world.timers)
    if (at !== AT_ONCE && name.startsWith('archive')) expect(at).toBeGreaterThan(now);

  for (const amount of [trip.estimate.total, trip.waiting.surcharge, trip.final?.fareTotal ?? 0])
    expect(Number.isSafeInteger(amount) && amount >= 0).toBe(true);
}

/** The passenger's card is for the driver of the trip and for dispatchers, notes are for nobody. */
function assertPrivacy({ trip, last }: SampleTrip): void {
  for (const { to, payload } of last.entries.flatMap(({ notices }) => notices)) {
    const json = JSON.stringify(payload);
    expect(json).not.toContain('"note"');
    const maySee = new Set(['admin', `driver:${trip.driverId}`]);
    if (to.some((audience) => !maySee.has(audience))) expect(json).not.toContain('Ada');
  }
}

describe('any steps in any order', () => {
  it(`[TRIP3] ${TRIPS * STEPS} random steps leave every trip sound`, () => {
    const random = seededRandom(20_260_105);
    const reached = new Set<string>();
    for (let i = 0; i < TRIPS; i += 1) {
      const sample = new SampleTrip();
      const world = new World();
      world.take(sample.last);
      for (let step = 0; step < STEPS; step += 1) {
        const command = randomCommand(sample, random);
        const { trip, last } = sample;
        if (random() < 0.1) sample.now += 25_000;
        try {
          sample.play(command);
        } catch (error) {
          if (!(error instanceof RequestError)) throw error;
          expect(sample.trip).toBe(trip);
          continue;
        }
        if (sample.last === last) continue;
        world.take(sample.last);
        reached.add(`${command.kind} > ${sample.trip.status}`);
        assertInvariants(sample, world, trip.version);
        assertPrivacy(sample);
      }
    }
    const commands = new Set([...reached].map((what) => what.split(' > ')[0]));
    expect([...commands].toSorted(), 'commands that got through').toEqual(KINDS.toSorted());
    expect(reached.size).toBeGreaterThan(30);
  });
});
