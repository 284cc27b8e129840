import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserType } from '#libs/contracts';
import { createAccount, logInAdmin } from '../clients/accounts.js';
import { RestClient } from '../clients/rest-client.js';
import { Fleet } from '../fleet/fleet.js';
import { LOST_AFTER_MS } from '../measure/delivery-ledger.js';
import { Rides } from '../rides/rides.js';
import { TripTally } from '../rides/trip-tally.js';
import { type DemoArguments } from './arguments.js';
import { prepareDrives } from './drives.js';
import { headerOf } from './header.js';
import { Joining } from './joining.js';
import { ProgressLine } from './progress-line.js';
import { summaryOf } from './summary.js';
import { violationsOf } from './trip-lines.js';

const SECOND_MS = 1_000;
/** After Ctrl-C somebody waits. */
const SETTLE_AFTER_STOP_MS = 1_500;
const SETTLE_POLL_MS = 50;
/** A few trips are always under way, and most drivers are free to be asked. */
const DRIVERS_PER_PASSENGER = 5;
const FEWEST_PASSENGERS = 4;
const MOST_PASSENGERS = 30;

type Say = (line: string) => void;

/**
 * Drives a fleet through the servers and says every second what a dispatcher on the other one sees.
 * @returns the exit code
 */
export async function runDemo(
  options: DemoArguments,
  adminPassword: string,
  signal: AbortSignal,
  say: Say,
): Promise<number> {
  const { servers, seconds, adminEmail } = options;
  const drives = await prepareDrives(options, options.drivers);
  const login = { email: adminEmail, password: adminPassword };
  const passengers = options.passengers ?? passengersFor(drives.driverCount);
  for (const line of headerOf(servers, drives, passengers, options.showLogin ? login : undefined))
    say(line);

  const rest = new RestClient(servers[0]!, signal);
  const owner = await logInAdmin(rest, adminEmail, adminPassword);
  // The printed login is for visitors: its sessions are bounded, and these must not give way.
  const label = `dispatcher-${randomBytes(5).toString('hex')}`;
  const { tokens: admin } = await createAccount(rest, owner, UserType.admin, label);
  const { habits } = drives;
  const trips = new TripTally();
  const fleet = new Fleet(servers, admin, habits, trips);
  const rides = new Rides(
    servers,
    habits,
    trips,
    () => fleet.carSomewhere(),
    (what) => fleet.tally.fail(`passenger: ${what}`),
  );
  try {
    await fleet.connectDispatchers();
    const startedAt = performance.now();
    const joining = new Joining(servers, admin, fleet, drives, rides, passengers, signal);
    await report(
      new ProgressLine(fleet, drives.driverCount, trips),
      fleet,
      seconds ?? Infinity,
      AbortSignal.any([signal, joining.failed]),
      say,
    );
    await joining.end();
    const drivingMs = performance.now() - startedAt;
    rides.stop();
    fleet.stopDriving();
    await settle(fleet, trips, signal.aborted ? SETTLE_AFTER_STOP_MS : LOST_AFTER_MS + SECOND_MS);
    fleet.endLooking();
    say(summaryOf(fleet, trips, drivingMs, servers.length > 1));
    return exitCodeOf(fleet, trips, signal, say);
  } finally {
    rides.close();
    fleet.close();
  }
}

/** A line a second until the time is over or somebody stops it. */
async function report(
  line: ProgressLine,
  fleet: Fleet,
  seconds: number,
  signal: AbortSignal,
  say: Say,
): Promise<void> {
  const startedAt = performance.now();
  for (const second of count(seconds)) {
    const waitMs = Math.max(0, startedAt + second * SECOND_MS - performance.now());
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    fleet.look();
    say(line.next());
  }
}

function* count(to: number): Generator<number> {
  for (let number = 1; number <= to; number += 1) yield number;
}

function passengersFor(driverCount: number): number {
  const share = Math.round(driverCount / DRIVERS_PER_PASSENGER);
  return Math.min(MOST_PASSENGERS, Math.max(FEWEST_PASSENGERS, share));
}

/** Waits for what was stored or ended and is not seen yet. */
async function settle(fleet: Fleet, trips: TripTally, deadlineMs: number): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  // Answers of the last pings may still be on their way.
  await sleep(SETTLE_POLL_MS * 4);
  while (fleet.onTheWay + trips.unheardEnds > 0 && performance.now() < deadline) {
    await sleep(SETTLE_POLL_MS);
    fleet.look();
  }
}

function exitCodeOf(fleet: Fleet, trips: TripTally, signal: AbortSignal, say: Say): number {
  if (signal.aborted) return 0;
  const { lost, seen } = fleet.tally;
  const failures = [
    ...(lost > 0 ? ['positions that were acknowledged as stored never arrived'] : []),
    ...(seen === 0 ? ['the dispatchers saw no position'] : []),
    ...(fleet.awayDispatchers > 0
      ? [`${fleet.awayDispatchers} of the dispatchers lost their connection or session`]
      : []),
    ...(violationsOf(trips) > 0 ? ['passengers were not told every event once and in order'] : []),
  ];
  for (const failure of failures) say(`FAILED: ${failure}.`);
  return failures.length > 0 ? 1 : 0;
}
