import { defineConfig, mergeConfig } from 'vitest/config';
import config from './vitest.config.js';

const SUITES: Readonly<Record<string, { include: string; timeoutMs: number }>> = {
  faults: { include: 'apps/realtime/test/faults/*.fault-spec.ts', timeoutMs: 600_000 },
  soak: { include: 'apps/realtime/test/faults/*.soak-spec.ts', timeoutMs: 3_600_000 },
  deployment: {
    include: 'apps/realtime/test/deployment/*.deployment-spec.ts',
    timeoutMs: 300_000,
  },
  fuzz: { include: 'apps/realtime/test/fuzz/*.fuzz-spec.ts', timeoutMs: 900_000 },
};

/**
 * What is broken on purpose, one file after the other: two would break each other. `--mode soak` has
 * the cases that take too long for every change, `--mode deployment` the image, services and balancers
 * as they are shipped, `--mode fuzz` payloads that nobody thought of: `--mode fuzz:7` those of the seed 7.
 */
export default defineConfig(({ mode }) => {
  const [name, seed] = mode.split(':');
  const { include, timeoutMs } = SUITES[name!] ?? SUITES['faults']!;
  const faults = mergeConfig(config, {});
  faults.test = {
    ...faults.test,
    include: [include],
    provide: { fuzzSeed: seed === undefined ? undefined : Number(seed) },
    exclude: [],
    maxWorkers: 1,
    testTimeout: timeoutMs,
    hookTimeout: 300_000,
  };
  return faults;
});
