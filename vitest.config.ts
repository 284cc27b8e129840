import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['apps/*/{src,test}/**/*spec.{ts,tsx}', 'libs/*/src/**/*spec.ts'],
    // Pages in a browser: npm run test:browser. What is broken on purpose: test:faults, test:soak,
    // test:fuzz. A cluster of Redis: test:cluster. What is shipped, as it is run: test:deployment.
    exclude: [
      '**/*.browser-spec.ts',
      '**/*.fault-spec.ts',
      '**/*.soak-spec.ts',
      '**/*.cluster-spec.ts',
      '**/*.fuzz-spec.ts',
      '**/*.deployment-spec.ts',
    ],
    globalSetup: ['libs/testing/src/global-setup.ts'],
    setupFiles: ['libs/testing/src/setup-file.ts'],
    pool: 'forks',
    // Modules are loaded once a worker and not once a file: half of the time went there.
    isolate: false,
    maxWorkers: 4,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
