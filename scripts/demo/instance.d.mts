import { type ChildProcess } from 'node:child_process';

export interface Instance {
  port: number;
  url: string;
  logFile: string;
  child: ChildProcess;
}

export function startInstance(port: number, env: NodeJS.ProcessEnv): Instance;

/** Rejects when it has ended, or is not ready in time. */
export function untilReady(instance: Instance, signal: AbortSignal): Promise<void>;
