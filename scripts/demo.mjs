import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure, startInstance, untilReady } from './demo/instance.mjs';
import { readDemoOptions, requireFreePorts } from './demo/options.mjs';
import { redisOfDemo } from './demo/redis-of-demo.mjs';
import { codesOfVisitors, issuePeople } from './people.mjs';
import { ensureCity } from './prepare/city.mjs';
import { root } from './prepare/paths.mjs';
import { say, sinceStart, step } from './prepare/progress.mjs';
import { exitOf, hasEnded, killChildren, startChild, stopChild } from './process/child.mjs';
import { Interrupted, onStop, signalExitCode } from './process/signals.mjs';

const unwindMs = 5_000;
/** It says what became of everything before it ends. */
const simulatorGraceMs = 20_000;

/** @typedef {ReturnType<typeof readDemoOptions>} DemoOptions */

/** @param {number} bytes */
const secret = (bytes) => randomBytes(bytes).toString('base64url');

/**
 * Two instances on one Redis, and a city that lives on them until Ctrl-C or --seconds.
 * @param {string[]} args
 */
export async function demo(args) {
  const options = readDemoOptions(args);
  await requireFreePorts(options.ports);
  if (options.isOnStreets) options.forSimulator.push('--city', await ensureCity('montevideo'));

  const stop = new AbortController();
  const { signal } = stop;
  /** What stays behind when nobody waits for the end. @type {string[]} */
  const leftovers = [];
  const unsubscribe = onStop((name) => {
    // Whoever asks again does not want to wait.
    if (signal.aborted) {
      for (const leftover of leftovers) say(leftover);
      killChildren();
      process.exit(signalExitCode(name));
    }
    say('stopping; Ctrl-C once more ends it at once');
    stop.abort(new Interrupted(name));
  });
  /** Undone from the last to the first. @type {(() => Promise<void>)[]} */
  const cleanups = [];
  const running = run(options, cleanups, leftovers, stop);
  try {
    return await Promise.race([running, rejectionOf(signal)]);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    return 0;
  } finally {
    await undo(cleanups);
    // What was being started when the stop came ends here too.
    await Promise.race([
      running.catch(() => undefined),
      sleep(unwindMs, undefined, { ref: false }),
    ]);
    await undo(cleanups);
    unsubscribe();
    say('stopped');
  }
}

/** What a short ride costs in Montevideo, so that no two cost the same; the company's own where it says so. */
function faresOfDemo() {
  if (Object.keys(process.env).some((name) => name.startsWith('FARE_'))) return {};
  return {
    FARE_CURRENCY: 'UYU',
    FARE_BASE: '5000',
    FARE_PER_KM: '3500',
    FARE_PER_MINUTE: '600',
    FARE_MINIMUM: '5500',
    FARE_WAITING_PER_MINUTE: '600',
  };
}

/** @param {(() => Promise<void>)[]} cleanups */
async function undo(cleanups) {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
}

/** @param {AbortSignal} signal @returns {Promise<never>} */
function rejectionOf(signal) {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/**
 * @param {DemoOptions} options
 * @param {(() => Promise<void>)[]} cleanups
 * @param {string[]} leftovers
 * @param {AbortController} stop
 */
async function run({ ports, counts, isOnStreets, forSimulator }, cleanups, leftovers, stop) {
  const keyPrefix = `demo-${randomBytes(4).toString('hex')}:`;
  const redis = await redisOfDemo(keyPrefix);
  cleanups.push(() => redis.stop());
  leftovers.push(...redis.leftovers);
  stop.signal.throwIfAborted();

  const admin = { email: 'admin@demo.invalid', password: secret(18) };
  const env = {
    NODE_ENV: 'production',
    LOG_LEVEL: 'info',
    REDIS_URL: redis.url,
    REDIS_KEY_PREFIX: keyPrefix,
    JWT_ACCESS_SECRET: secret(48),
    JWT_REFRESH_SECRET: secret(48),
    // Plain HTTP: a browser would keep no secure cookie, and the page would forget its session.
    COOKIE_SECURE: 'false',
    FIRST_ADMIN_EMAIL: admin.email,
    FIRST_ADMIN_PASSWORD: admin.password,
    // The whole fleet comes from this machine.
    WS_CONNECTS_PER_SECOND_PER_ADDRESS: '1000000',
    ...faresOfDemo(),
    // Some drivers do not answer: nobody wants to watch their passengers wait 20 s.
    DISPATCH_OFFER_TTL: process.env.DISPATCH_OFFER_TTL ?? '8s',
  };
  // Somebody may have taken them while all was prepared.
  await requireFreePorts(ports);
  const instances = ports.map((port) => startInstance(port, env));
  cleanups.push(async () => {
    await Promise.all(instances.map(({ child }) => stopChild(child)));
  });
  const [people] = await step(`starting two instances on ports ${ports.join(' and ')}`, () =>
    Promise.all([
      issuePeople(
        { ...env, ENV_FILE: '' },
        { ...counts, dispatchers: instances.length },
        { hasVisitors: true, cleanups },
      ),
      ...instances.map((instance) => untilReady(instance, stop.signal)),
    ]).catch((error) => {
      // What a stop ends has not failed.
      stop.signal.throwIfAborted();
      throw error;
    }),
  );
  for (const instance of instances) {
    const fail = () => stop.abort(failure(instance, 'ended during the demo'));
    if (hasEnded(instance.child)) fail();
    instance.child.once('exit', fail);
  }
  stop.signal.throwIfAborted();
  say(`ready after ${sinceStart()}; the instances log to .cache/demo; Ctrl-C ends the demo`);

  const servers = instances.map(({ url }) => url).join(',');
  const [{ url: page } = { url: '' }] = instances;
  const codeOf = codesOfVisitors(people);
  const simulatorArgs = [
    'demo',
    '--instances',
    servers,
    '--admin-email',
    admin.email,
    '--desk-link',
    `${page}/#sign-in=${codeOf.admin}`,
    '--ride-link',
    `${page}/ride#sign-in=${codeOf.passenger}`,
    '--drive-link',
    `${page}/drive#sign-in=${codeOf.driver}`,
    // How many drive along recorded traces is not known before they are read.
    ...(isOnStreets ? ['--people', '-'] : []),
    ...forSimulator,
  ];
  const simulator = startChild(
    process.execPath,
    ['--enable-source-maps', 'dist/apps/simulator/src/main.js', ...simulatorArgs],
    {
      cwd: root,
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...process.env, ADMIN_PASSWORD: admin.password },
    },
  );
  simulator.stdin?.on('error', () => undefined).end(people);
  cleanups.push(() => stopChild(simulator, { signal: 'SIGINT', graceMs: simulatorGraceMs }));
  return exitOf(simulator);
}
