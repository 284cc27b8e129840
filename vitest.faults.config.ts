import { defineConfig, mergeConfig } from 'vitest/config';
import config from './vitest.config.js';

/**
 * What is broken on purpose, one file after the other: two would break each other. With
 * `--mode soak` the cases that take too long for every change.
 */
export default defineConfig(({ mode }) => {
  const faults = mergeConfig(config, {});
  faults.test = {
    ...faults.test,
    include: [`apps/realtime/test/faults/*.${mode === 'soak' ? 'soak' : 'fault'}-spec.ts`],
    exclude: [],
    maxWorkers: 1,
    testTimeout: mode === 'soak' ? 3_600_000 : 300_000,
    hookTimeout: 180_000,
  };
  return faults;
});
