import { setTimeout as sleep } from 'node:timers/promises';
import { logInAdmin } from '../clients/accounts.js';
import { RestClient } from '../clients/rest-client.js';
import { Fleet } from '../fleet/fleet.js';
import { LOST_AFTER_MS } from '../measure/delivery-ledger.js';
import { type DemoArguments } from './arguments.js';
import { prepareDrives } from './drives.js';
import { headerOf } from './header.js';
import { Joining } from './joining.js';
import { ProgressLine } from './progress-line.js';
import { summaryOf } from './summary.js';

const SECOND_MS = 1_000;
/** After Ctrl-C somebody waits. */
const SETTLE_AFTER_STOP_MS = 1_500;
const SETTLE_POLL_MS = 50;

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
  const drives = await prepareDrives(options.traces, options.drivers);
  const login = { email: adminEmail, password: adminPassword };
  for (const line of headerOf(servers, drives, options.showLogin ? login : undefined)) say(line);

  const admin = await logInAdmin(new RestClient(servers[0]!, signal), adminEmail, adminPassword);
  const fleet = new Fleet(servers, admin);
  try {
    await fleet.connectDispatchers();
    const startedAt = performance.now();
    const joining = new Joining(servers, admin, fleet, drives, signal);
    await report(
      new ProgressLine(fleet, drives.driverCount),
      fleet,
      seconds ?? Infinity,
      AbortSignal.any([signal, joining.failed]),
      say,
    );
    await joining.end();
    const drivingMs = performance.now() - startedAt;
    fleet.stopDriving();
    await settle(fleet, signal.aborted ? SETTLE_AFTER_STOP_MS : LOST_AFTER_MS + SECOND_MS);
    say(summaryOf(fleet, drivingMs, servers.length > 1));
    return exitCodeOf(fleet, signal, say);
  } finally {
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

/** Waits for what was stored and is not seen yet. */
async function settle(fleet: Fleet, deadlineMs: number): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  // Answers of the last pings may still be on their way.
  await sleep(SETTLE_POLL_MS * 4);
  while (fleet.onTheWay > 0 && performance.now() < deadline) {
    await sleep(SETTLE_POLL_MS);
    fleet.look();
  }
}

function exitCodeOf(fleet: Fleet, signal: AbortSignal, say: Say): number {
  if (signal.aborted) return 0;
  const { lost, seen } = fleet.tally;
  if (lost > 0) say('FAILED: positions that were acknowledged as stored never arrived.');
  if (seen === 0) say('FAILED: the dispatchers saw no position.');
  return lost > 0 || seen === 0 ? 1 : 0;
}
