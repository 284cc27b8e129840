import { createReadStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserType } from '#libs/contracts';
import { RestClient } from '../clients/rest-client.js';
import { Fleet } from '../fleet/fleet.js';
import { LOST_AFTER_MS } from '../measure/delivery-ledger.js';
import { totalOf } from '../measure/tally.js';
import { ListedPeople } from '../people/listed-people.js';
import { NewPeople } from '../people/new-people.js';
import { type People } from '../people/people.js';
import { Rides } from '../rides/rides.js';
import { TripTally } from '../rides/trip-tally.js';
import { UNHEARD_AFTER_MS } from '../talks/trip-talk.js';
import { tellDispatcher } from '../talks/dispatch-notes.js';
import { TripTalks } from '../talks/trip-talks.js';
import { type RunArguments } from './arguments.js';
import { headerOf } from './header.js';
import { Joining } from './joining.js';
import { ProgressLine } from './progress-line.js';
import { prepareScene } from './scene.js';
import { summaryOf, type Measured } from './summary.js';
import { violationsOf } from './trip-lines.js';

const SECOND_MS = 1_000;
/** After Ctrl-C somebody waits. */
const SETTLE_AFTER_STOP_MS = 1_500;
const SETTLE_MS = Math.max(LOST_AFTER_MS, UNHEARD_AFTER_MS) + SECOND_MS;
const SETTLE_POLL_MS = 50;
/** Of the demo, where most people set out from: prices are higher there, as dispatchers see on the map. */
const DEMO_SURGE = 14_000;
const DEMO_SURGE_MS = 3_600_000;

type Say = (line: string) => void;

/**
 * Lets a city live on the servers and says every second what a dispatcher on the other one than the
 * driver's sees.
 * @returns the exit code
 */
export async function runCity(
  options: RunArguments,
  adminPassword: string | undefined,
  signal: AbortSignal,
  say: Say,
): Promise<number> {
  const { servers, seconds } = options;
  const scene = await prepareScene(options);
  const { drivers, passengers } = scene.plan.options;
  for (const line of headerOf(options, scene, adminPassword)) say(line);

  const rest = servers.map((server) => new RestClient(server, signal));
  const people = await peopleOf(options, rest, adminPassword);
  // The printed login is for visitors: its sessions are bounded, and these must not give way.
  const admins = [];
  for (const [i] of servers.entries()) admins.push((await people.take(UserType.admin, i)).tokens);
  const startedAt = Date.now();
  const trips = new TripTally();
  const talks = new TripTalks();
  const shares = { links: 0, followed: 0, positions: 0 };
  const fleet = new Fleet(servers, admins, trips, talks, startedAt);
  const rides = new Rides(servers, {
    tally: trips,
    talks,
    shares,
    carSomewhere: () => fleet.carSomewhere(),
    onTrouble: (what) => fleet.tally.fail(`passenger: ${what}`),
    startedAt,
  });
  const end = new AbortController();
  const measured: Measured = { fleet, trips, talks, shares, plannedDrivers: drivers };
  try {
    await fleet.connectDispatchers();
    const visitor = people.visitor(UserType.admin);
    if (visitor !== undefined)
      void tellDispatcher(fleet, visitor, AbortSignal.any([signal, end.signal]));
    if (options.command === 'demo' && scene.busiest)
      await rest[0]!.setSurge(admins[0]!.accessToken, scene.busiest, DEMO_SURGE, DEMO_SURGE_MS);
    const drivingSince = performance.now();
    const joining = new Joining({ servers: servers.length, people, signal }, [
      {
        userType: UserType.driver,
        count: drivers,
        join: (account, index) => fleet.join(account, scene.driver(index, startedAt, Date.now())),
      },
      {
        userType: UserType.passenger,
        count: passengers,
        join: (account, index) => rides.join(account, scene.plan.passenger(index)),
      },
    ]);
    await report(
      new ProgressLine(measured),
      measured,
      seconds ?? Infinity,
      AbortSignal.any([signal, joining.failed]),
      say,
    );
    await joining.end();
    const drivingMs = performance.now() - drivingSince;
    end.abort();
    rides.stop();
    fleet.stopDriving();
    await settle(measured, signal.aborted ? SETTLE_AFTER_STOP_MS : SETTLE_MS);
    fleet.endLooking();
    say(summaryOf(measured, drivingMs, servers.length > 1));
    return exitCodeOf(measured, signal.aborted, options.command, say);
  } finally {
    end.abort();
    rides.close();
    fleet.close();
  }
}

async function peopleOf(
  { people, adminEmail, servers }: RunArguments,
  rest: readonly RestClient[],
  password: string | undefined,
): Promise<People> {
  if (people !== undefined)
    return ListedPeople.read(rest, people === '-' ? process.stdin : createReadStream(people));
  if (adminEmail === undefined || password === undefined)
    throw new Error(`Nobody can sign in at ${servers.join(' and ')}.`);
  return NewPeople.madeBy(rest, adminEmail, password);
}

/** A line a second until the time is over or somebody stops it. */
async function report(
  line: ProgressLine,
  { fleet, talks }: Measured,
  seconds: number,
  signal: AbortSignal,
  say: Say,
): Promise<void> {
  const startedAt = performance.now();
  for (let second = 1; second <= seconds; second += 1) {
    const waitMs = Math.max(0, startedAt + second * SECOND_MS - performance.now());
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    fleet.look();
    talks.look(performance.now());
    say(line.next());
  }
}

/** Waits for what was stored, said or ended and is not seen yet. */
async function settle({ fleet, trips, talks }: Measured, deadlineMs: number): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  // Answers of the last pings may still be on their way.
  await sleep(SETTLE_POLL_MS * 4);
  const isOpen = (): boolean => fleet.onTheWay + trips.unheardEnds + talks.onTheWay > 0;
  while (isOpen() && performance.now() < deadline) {
    await sleep(SETTLE_POLL_MS);
    fleet.look();
    talks.look(performance.now());
  }
}

function exitCodeOf(
  { fleet, trips, talks }: Measured,
  isStopped: boolean,
  command: RunArguments['command'],
  say: Say,
): number {
  // With the demo its servers are stopped as well.
  if (isStopped && command === 'demo') return 0;
  const { lost, seen } = fleet.tally;
  const away = isStopped ? 0 : fleet.awayDispatchers;
  const failures = [
    ...(lost > 0 ? ['positions that were acknowledged as stored never arrived'] : []),
    ...(seen === 0 && !isStopped ? ['the dispatchers saw no position'] : []),
    ...(away > 0 ? [`${away} of the dispatchers lost their connection or session`] : []),
    ...(violationsOf(trips) > 0 ? ['passengers were not told every event once and in order'] : []),
    ...(talks.tally.lost > 0 ? ['messages that were acknowledged were never heard'] : []),
    ...(totalOf(talks.tally.violations) > 0 ? ['messages came twice or out of order'] : []),
  ];
  for (const failure of failures) say(`FAILED: ${failure}.`);
  return failures.length > 0 ? 1 : 0;
}
