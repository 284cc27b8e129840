import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { canPin } from './servers/pinning.js';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGigabytes: number;
  system: string;
  node: string;
  redis: string;
  placement: string;
  at: string;
}

export function describeMachine(redisVersion: string): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    redis: redisVersion,
    placement: canPin
      ? 'servers on core 0; load generator, Redis and the benchmark itself on core 1'
      : 'no taskset or one core: everything runs where the system puts it',
    at: new Date().toISOString(),
  };
}
