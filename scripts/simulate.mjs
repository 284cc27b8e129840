import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { issuePeople } from './people.mjs';
import { ensureCity } from './prepare/city.mjs';
import { root } from './prepare/paths.mjs';
import { step } from './prepare/progress.mjs';
import { runChild } from './process/child.mjs';
import { LaunchError } from './process/signals.mjs';
import { envFile } from './start.mjs';

const cities = /** @type {const} */ (['montevideo']);
const maxDrivers = 5_000;
const maxPassengers = 2_000;
const usualDrivers = 300;
const driversPerPassenger = 7;
const fewestPassengers = 4;
const signInHint =
  'say who signs the people in: --admin-email X with ADMIN_PASSWORD, or --people FILE.';

const usage = `A city that lives on started instances: simulated drivers on real streets, passengers who ride.

Usage: npm run simulate -- --instances URL,URL [options]
  --instances A,B   where the instances are, with commas between. Start them first: npm start, or see
                    docs/OPERATIONS.md; npm run demo starts two with a Redis and a city of 300 drivers
Who signs the people in. Without either the people are made from the environment of the instances, which has to
be at hand then (variables, or .env as npm start reads it): no password is hashed, all are there within seconds
  --people FILE     a list that npx ridewire issue-people --drivers N --passengers N --dispatchers N has made where
                    that environment is; - reads it from standard input. It holds tokens: keep it secret, and take
                    it for one run
  --admin-email X   an admin whose password is in ADMIN_PASSWORD: makes an account for each over REST, and each
                    logs in. Two passwords are hashed a person: 20 people a second and instance at best, which is
                    two minutes and all of the CPU for 2,300 people on a small machine
Who is in the city
  --drivers N       1 to 5000; 300 when absent
  --passengers N    0 to 2000; one for seven drivers when absent
  --city NAME       ${cities.join(', ')}: streets of OpenStreetMap (ODbL)
  --seed N          1 when absent: the same number gives the same people with the same plans
  --rides KIND      city: from where people are to where they go by the hour; short: near the cars, under a minute
  --hour H          what time it is in the city at the begin, 0 to 23; 18 when absent
  --clock N         how many times as fast its time goes on: 60 makes an hour a minute. For shifts and crowds, not cars
  --troubles KIND   on when absent; off: drivers without breaks, phones without troubles; silent: nothing but phones
                    that stay connected and say nothing for a while
Instead of a city
  --replay FILE     recorded positions, .gpx or CSV (row, car, time with zone, latitude, longitude); a car a track
  --speed N         how many times as fast as they were driven, 0.1 to 1000. Above what a car can do, see
                    LOCATION_MAX_SPEED_MPS, the server refuses positions as JUMP
Otherwise
  --seconds N       ends after N seconds; until Ctrl-C when absent
  --plan            prints what the seed plans, a line of JSON for each event of the first 600 s or --seconds, and
                    ends: no instance is needed
  --help            this text
A line a second says what happens. The exit code is 1 when something that was acknowledged got lost or came
twice or out of order, 2 for wrong options.`;

/**
 * The usage when it is asked for, else null.
 * @param {string[]} args
 * @throws {LaunchError} for what would end it at once; the simulator names what is wrong with the rest
 */
export async function checkSimulation(args) {
  if (args.includes('--help') || args.includes('-h')) return usage;
  const { values, isPlan } = read(args);
  if (!isPlan && !values.instances) {
    throw new LaunchError(
      [
        '--instances is needed: the URLs of started instances, with commas between, as in',
        '  npm run simulate -- --instances http://127.0.0.1:3000',
        'Start one with npm start, or everything with npm run demo. --help lists the options.',
      ].join('\n'),
      2,
    );
  }
  cityOf(values.city);
  checkCount('drivers', values.drivers, 1, maxDrivers);
  checkCount('passengers', values.passengers, 0, maxPassengers);
  for (const name of /** @type {const} */ (['replay', 'people'])) fileOf(name, values[name]);
  return null;
}

/** @param {string} name @param {string | undefined} text @param {number} min @param {number} max */
function checkCount(name, text, min, max) {
  if (text === undefined || (/^\d+$/.test(text) && Number(text) >= min && Number(text) <= max))
    return;
  throw new LaunchError(
    `--${name} must be a whole number from ${min} to ${max}, not "${text}".`,
    2,
  );
}

/** @param {string[]} args */
export async function simulate(args) {
  const { values, isPlan, others } = read(args);
  const replay = fileOf('replay', values.replay);
  const isIssued = !isPlan && !values.people && !values['admin-email'];
  const people = isIssued ? '-' : fileOf('people', values.people);
  const counts = countsOf(values);
  const simulatorArgs = [
    isPlan ? 'plan' : 'simulate',
    ...others,
    ...Object.entries(isIssued ? counts : {}).flatMap(([name, count]) => [
      `--${name}`,
      String(count),
    ]),
    ...(values.instances ? ['--instances', values.instances] : []),
    ...(people ? ['--people', people] : []),
    ...(replay ? ['--replay', replay] : ['--city', await ensureCity(cityOf(values.city))]),
  ];
  const input = isIssued ? await peopleAtHand(values.instances ?? '', counts, replay) : undefined;
  const { code } = await runChild(
    process.execPath,
    ['--enable-source-maps', 'dist/apps/simulator/src/main.js', ...simulatorArgs],
    {
      cwd: root,
      stdio: [isIssued ? 'pipe' : people === '-' ? 'inherit' : 'ignore', 'inherit', 'inherit'],
      ...(input === undefined ? {} : { input }),
    },
  );
  return code;
}

/**
 * How many there are where nobody says so.
 * @param {{ drivers?: string, passengers?: string }} values
 */
function countsOf(values) {
  const drivers = Number(values.drivers ?? usualDrivers);
  const share = Math.max(fewestPassengers, Math.round(drivers / driversPerPassenger));
  return { drivers, passengers: Number(values.passengers ?? share) };
}

/**
 * @param {string} instances @param {{ drivers: number, passengers: number }} counts
 * @param {string | undefined} replay
 */
async function peopleAtHand(instances, counts, replay) {
  // How many drive along recorded tracks is not known before they are read.
  if (replay) throw new LaunchError(`With --replay ${signInHint}`, 2);
  const dispatchers = instances.split(',').filter((each) => each.trim() !== '').length;
  const label = `making ${counts.drivers} drivers and ${counts.passengers} passengers`;
  return step(label, () => issuePeople(envFile(), { ...counts, dispatchers })).catch((error) => {
    if (!(error instanceof LaunchError)) throw error;
    throw new LaunchError(
      `${error.message}\nWhere the environment of the instances is not at hand, ${signInHint}`,
      2,
    );
  });
}

/**
 * Takes out what the launcher looks at itself.
 * @param {string[]} args
 */
function read(args) {
  const { values, tokens } = parseArgs({
    args,
    strict: false,
    tokens: true,
    options: {
      instances: { type: 'string' },
      city: { type: 'string' },
      replay: { type: 'string' },
      people: { type: 'string' },
      plan: { type: 'boolean' },
      'admin-email': { type: 'string' },
      drivers: { type: 'string' },
      passengers: { type: 'string' },
    },
  });
  const own = new Set(['instances', 'city', 'replay', 'people', 'plan']);
  const taken = new Set();
  for (const token of tokens) {
    if (token.kind !== 'option' || !own.has(token.name)) continue;
    taken.add(token.index);
    if (token.value !== undefined && token.inlineValue === false) taken.add(token.index + 1);
  }
  const text = /** @param {unknown} value */ (value) =>
    typeof value === 'string' ? value : undefined;
  return {
    values: {
      instances: text(values.instances),
      city: text(values.city),
      replay: text(values.replay),
      people: text(values.people),
      'admin-email': text(values['admin-email']),
      drivers: text(values.drivers),
      passengers: text(values.passengers),
    },
    isPlan: values.plan === true,
    others: args.filter((_, i) => !taken.has(i)),
  };
}

/** @param {string | undefined} name */
function cityOf(name = cities[0]) {
  const city = cities.find((each) => each === name);
  if (city) return city;
  throw new LaunchError(
    `--city: there are the streets of ${cities.join(', ')}, not of "${name}".`,
    2,
  );
}

/**
 * npm changes to the root of the package; a path is meant from where it was typed.
 * @param {'replay' | 'people'} option @param {string | undefined} given
 */
function fileOf(option, given) {
  if (given === undefined || (option === 'people' && given === '-')) return given;
  const file = path.resolve(process.env.INIT_CWD ?? process.cwd(), given);
  try {
    accessSync(file, constants.R_OK);
    return file;
  } catch {
    throw new LaunchError(`--${option}: ${given} cannot be read.`, 2);
  }
}
