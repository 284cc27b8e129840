import { setTimeout as sleep } from 'node:timers/promises';
import { AppAudience, SessionType } from '#libs/contracts';
import { RestClient } from '../clients/rest-client.js';
import { SessionTokens } from '../clients/session-tokens.js';
import { createDriverAccounts, type DriverAccount } from '../fleet/driver-accounts.js';
import { Fleet } from '../fleet/fleet.js';
import { LOST_AFTER_MS } from '../measure/delivery-ledger.js';
import { type DemoArguments } from './arguments.js';
import { prepareDrives, type Drives } from './drives.js';
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
  const { servers, traces, drivers } = options;
  const drives = await prepareDrives(traces, drivers);
  for (const line of headerOf(options, drives)) say(line);

  const clients = servers.map((server) => new RestClient(server, signal));
  const admin = await logInAdmin(clients[0]!, options.adminEmail, adminPassword);
  const fleet = new Fleet(servers, admin);
  try {
    await fleet.connectDispatchers();
    const accounts = await createAccounts(clients, admin, drives.driverCount, say);
    signal.throwIfAborted();
    const startedAt = performance.now();
    await fleet.connectDrivers(accounts, drives.sources(Date.now()));
    say(`${fleet.size} drivers connected in ${seconds(performance.now() - startedAt)} s`);
    say('');
    await report(fleet, options.seconds, signal, say);
    const drivingMs = performance.now() - startedAt;
    fleet.stopDriving();
    await settle(fleet, signal.aborted ? SETTLE_AFTER_STOP_MS : LOST_AFTER_MS + SECOND_MS);
    say(summaryOf(fleet, drivingMs, servers.length > 1));
    return exitCodeOf(fleet, signal, say);
  } finally {
    fleet.close();
  }
}

function headerOf({ servers }: DemoArguments, drives: Drives): string[] {
  return [
    '',
    ...drives.description,
    '',
    ...servers.map((server, i) => `Instance ${String.fromCodePoint(65 + i)}  ${server}`),
    `Try        ${servers[0]}/api/docs (OpenAPI), and as a dispatcher the namespace /admin of any instance`,
    servers.length > 1
      ? 'Shown      what a dispatcher on the other instance than the driver gets; delay from the driver to it'
      : 'Shown      what a dispatcher gets on the one instance there is; delay from the driver to it',
    '',
  ];
}

async function logInAdmin(
  rest: RestClient,
  email: string,
  password: string,
): Promise<SessionTokens> {
  const pair = await rest.login({
    email,
    password,
    appAudience: AppAudience.adminPanel,
    sessionType: SessionType.apiClient,
  });
  return new SessionTokens(rest, pair);
}

async function createAccounts(
  clients: readonly RestClient[],
  admin: SessionTokens,
  count: number,
  say: Say,
): Promise<DriverAccount[]> {
  const startedAt = performance.now();
  let created = 0;
  const progress = setInterval(
    () => say(`creating driver accounts: ${created} of ${count}`),
    SECOND_MS,
  );
  try {
    const accounts = await createDriverAccounts(clients, admin, count, (done) => (created = done));
    say(
      `${count} driver accounts created and logged in, in ${seconds(performance.now() - startedAt)} s`,
    );
    return accounts;
  } finally {
    clearInterval(progress);
  }
}

/** A line a second until the time is over or somebody stops it. */
async function report(
  fleet: Fleet,
  limitSeconds: number | undefined,
  signal: AbortSignal,
  say: Say,
): Promise<void> {
  const line = new ProgressLine(fleet);
  const startedAt = performance.now();
  for (let second = 1; limitSeconds === undefined || second <= limitSeconds; second += 1) {
    const waitMs = Math.max(0, startedAt + second * SECOND_MS - performance.now());
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    fleet.look();
    say(line.next());
  }
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

function seconds(durationMs: number): string {
  return (durationMs / SECOND_MS).toFixed(1);
}
