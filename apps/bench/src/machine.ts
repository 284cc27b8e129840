import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { canPin, Core } from './servers/pinning.js';

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
      ? `servers on core ${Core.servers}, load generator and the benchmark itself on core ${Core.load}, Redis on core ${Core.redis}`
      : 'no taskset or one core: everything runs where the system puts it',
    at: new Date().toISOString(),
  };
}
