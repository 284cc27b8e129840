import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Which core a process runs on: servers on the first, the load on the second, Redis on a third if there is one. */
export const Core = { servers: 0, load: 1, redis: availableParallelism() > 2 ? 2 : 1 } as const;

/** Whether processes can be kept apart: needs two cores and taskset. */
export const canPin = availableParallelism() >= 2 && hasTaskset();

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['-c', String(Core.load), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The command line that starts a program on one core. */
export function pinned(core: number, command: string, args: readonly string[]): [string, string[]] {
  if (!canPin) return [command, [...args]];
  return ['taskset', ['-c', String(core), command, ...args]];
}

/** Moves a running process with all of its threads. */
export function pin(pid: number, core: number): void {
  if (canPin)
    execFileSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' });
}
