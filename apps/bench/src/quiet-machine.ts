import { setTimeout as sleep } from 'node:timers/promises';
import { Core, pin } from './servers/pinning.js';

const PROBE_MS = 300;
const PAUSE_MS = 700;
const QUIET_SHARE = 0.05;

/**
 * Waits a while for other programs to leave the cores alone; goes on anyway when they do not.
 * @param patienceMs 0: does not look
 */
export async function untilQuiet(patienceMs: number): Promise<void> {
  if (patienceMs === 0) return;
  const deadline = performance.now() + patienceMs;
  while (!isQuiet() && performance.now() < deadline) await sleep(PAUSE_MS);
}

function isQuiet(): boolean {
  pin(process.pid, Core.servers);
  const lostOfServers = lostShare();
  pin(process.pid, Core.load);
  return Math.max(lostOfServers, lostShare()) <= QUIET_SHARE;
}

/**
 * How much of a core is taken from whoever keeps it busy. To look at an idle core is not enough: the
 * host of a virtual machine takes nothing from one that has nothing to do.
 */
function lostShare(): number {
  const startedAt = performance.now();
  const own = process.cpuUsage();
  let elapsedMs = 0;
  while (elapsedMs < PROBE_MS) elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(own);
  return 1 - (user + system) / 1_000 / elapsedMs;
}
