// Every npm script starts here, on any Node >= 18: prepares what the job needs, then runs it.
import { fileURLToPath } from 'node:url';
import { ensureBuild } from './prepare/build.mjs';
import { ensureDashboard } from './prepare/dashboard.mjs';
import { isNodeNewEnough, rerunUnderPinnedNode } from './prepare/node-runtime.mjs';
import { ensurePackages } from './prepare/packages.mjs';
import { say } from './prepare/progress.mjs';
import { Interrupted, LaunchError, stopWithOuterLauncher } from './process/signals.mjs';

/**
 * @typedef {object} Job
 * @property {boolean} [build] needs dist/
 * @property {boolean} [pages] needs the pages that instances serve
 * @property {(args: string[]) => Promise<string | null>} [check] refuses wrong arguments before anything is
 *   prepared; a text is shown instead of the job
 * @property {(args: string[]) => Promise<number>} run returns the exit code
 */

/** @type {Record<string, Job>} */
const jobs = {
  demo: {
    build: true,
    pages: true,
    check: async (args) => (await import('./demo/options.mjs')).checkDemoOptions(args),
    run: async (args) => (await import('./demo.mjs')).demo(args),
  },
  simulate: {
    build: true,
    check: async (args) => (await import('./simulate.mjs')).checkSimulation(args),
    run: async (args) => (await import('./simulate.mjs')).simulate(args),
  },
  start: {
    build: true,
    pages: true,
    run: async (args) => (await import('./start.mjs')).start(args),
  },
  test: { build: true, run: async (args) => (await import('./test.mjs')).test(args) },
  'test:browser': {
    build: true,
    pages: true,
    run: async (args) => (await import('./test.mjs')).testInBrowser(args),
  },
  'test:faults': {
    build: true,
    run: async (args) => (await import('./test.mjs')).testFaults(args),
  },
  'test:deployment': {
    build: true,
    run: async (args) => (await import('./test.mjs')).testDeployment(args),
  },
  'test:fuzz': { build: true, run: async (args) => (await import('./test.mjs')).testFuzz(args) },
  'test:soak': { build: true, run: async (args) => (await import('./test.mjs')).testSoak(args) },
  'test:cluster': {
    build: true,
    run: async (args) => (await import('./test.mjs')).testOnCluster(args),
  },
  check: { run: async (args) => (await import('./check.mjs')).check(args) },
  build: {
    build: true,
    pages: true,
    run: async () => {
      await (await import('./client-package.mjs')).buildClientPackage();
      return 0;
    },
  },
  secrets: {
    run: async (args) => (await import('./deployment/secrets.mjs')).makeSecrets(args),
  },
  format: { run: async (args) => (await import('./format.mjs')).format(args) },
  bench: { build: true, run: async (args) => (await import('./bench.mjs')).bench(args) },
  'admin:create': {
    build: true,
    run: async (args) => (await import('./start.mjs')).createAdmin(args),
  },
  ridewire: { build: true, run: async (args) => (await import('./start.mjs')).ridewire(args) },
  'ws:test': wsTest('general'),
  'ws:test:da:driver': wsTest('driver'),
  'ws:test:da:admin': wsTest('admin'),
  'ws:test:chat': wsTest('chat'),
  'ws:test:trip:passenger': wsTest('trip:passenger'),
  'ws:test:trip:flow': wsTest('trip:flow'),
};

/** @param {string} suite @returns {Job} */
function wsTest(suite) {
  return {
    build: true,
    run: async (args) => (await import('./ws-test.mjs')).wsTest(suite, args),
  };
}

/** @param {string} [name] @param {string[]} args */
async function launch(name = '', ...args) {
  const job = jobs[name];
  if (!job) {
    throw new LaunchError(
      `Usage: node scripts/run.mjs <${Object.keys(jobs).join('|')}> [arguments]`,
      2,
    );
  }
  if (!isNodeNewEnough()) {
    return rerunUnderPinnedNode(fileURLToPath(import.meta.url), [name, ...args]);
  }
  stopWithOuterLauncher();
  const text = await job.check?.(args);
  if (text) {
    console.log(text);
    return 0;
  }
  await ensurePackages();
  if (job.build) await ensureBuild();
  if (job.pages) await ensureDashboard();
  return job.run(args);
}

// What is written to a file or a pipe should hold no colours; some tools look at CI only.
if (!process.stdout.isTTY && !process.env.FORCE_COLOR) process.env.NO_COLOR = '1';

let exitCode = 1;
try {
  exitCode = await launch(...process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Interrupted || error instanceof LaunchError)) throw error;
  if (error instanceof LaunchError) say(error.message);
  ({ exitCode } = error);
}
// Work that an interruption left behind must not hold the process; the watchdog ends its children.
process.exit(exitCode);
