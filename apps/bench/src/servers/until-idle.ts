import { setTimeout as sleep } from 'node:timers/promises';
import { usageOf } from '../process-usage.js';

const SAMPLE_MS = 500;
const IDLE_SHARE = 0.1;
/** In a row: a process that other programs keep from running looks idle for a moment. */
const IDLE_SAMPLES = 2;
const DEADLINE_MS = 20_000;

/** Waits for a server to be done with what its clients left it to do; goes on anyway when it is not. */
export async function untilIdle(pid: number): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  let idleSamples = 0;
  while (idleSamples < IDLE_SAMPLES && performance.now() < deadline) {
    const before = usageOf(pid).cpuMs;
    await sleep(SAMPLE_MS);
    const isIdle = usageOf(pid).cpuMs - before <= SAMPLE_MS * IDLE_SHARE;
    idleSamples = isIdle ? idleSamples + 1 : 0;
  }
}
