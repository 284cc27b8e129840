import { setTimeout as sleep } from 'node:timers/promises';
import { busyMsOf } from './core-usage.js';
import { Core } from './servers/pinning.js';

const SAMPLE_MS = 500;
const QUIET_SHARE = 0.15;

/** Waits a while for other programs to leave the cores alone; goes on anyway when they do not. */
export async function untilQuiet(patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  do {
    const before = [busyMsOf(Core.servers), busyMsOf(Core.load)];
    await sleep(SAMPLE_MS);
    const after = [busyMsOf(Core.servers), busyMsOf(Core.load)];
    const busiest = Math.max(...after.map((busyMs, i) => busyMs - before[i]!));
    if (busiest / SAMPLE_MS <= QUIET_SHARE) return;
  } while (performance.now() < deadline);
}
