/** A program that can be started: its path and the environment that it needs. */
export interface Program {
  command: string;
  env: NodeJS.ProcessEnv;
}

/** The file of libfaketime, for LD_PRELOAD. */
export function findFakeTime(): Promise<string>;

export function findProgram(name: 'promtool' | 'nginx' | 'haproxy'): Promise<Program>;
