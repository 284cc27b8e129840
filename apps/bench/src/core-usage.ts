import { readFileSync } from 'node:fs';

const TICK_MS = 10;
/** The columns of /proc/stat that are no work. */
const IDLE = 3;
const IO_WAIT = 4;

/** For how long a core was busy since the start of the machine; 0 where the system does not tell. */
export function busyMsOf(core: number): number {
  if (process.platform !== 'linux') return 0;
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))?.[1];
  // The last two columns are guests, counted before already.
  const columns = (line ?? '').trim().split(' ').slice(0, 8).map(Number);
  const busy = columns.filter((_, column) => column !== IDLE && column !== IO_WAIT);
  return busy.reduce((sum, ticks) => sum + ticks, 0) * TICK_MS;
}
