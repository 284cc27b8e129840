import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureCity } from './prepare/city.mjs';
import { root } from './prepare/paths.mjs';
import { runChild } from './process/child.mjs';
import { LaunchError } from './process/signals.mjs';

const cities = /** @type {const} */ (['montevideo']);

const usage = `A city that lives on started instances: simulated drivers on real streets, passengers who ride.

Usage: npm run simulate -- --instances URL,URL --admin-email X [options]
  --instances A,B   where the instances are, with commas between. Start them first: npm start, or see
                    docs/OPERATIONS.md; npm run demo starts two with a Redis and a city of 300 drivers
Who signs the people in, one of
  --admin-email X   an admin whose password is in ADMIN_PASSWORD: makes an account for each over REST, and each
                    logs in. About 20 people a second and instance, as passwords are hashed
  --people FILE     a list that npx ridewire issue-people --drivers N --passengers N --dispatchers N has made where
                    the environment of the instances is at hand: no password, some thousand a second; - reads it
                    from standard input. It holds tokens: keep it secret, and take it for one run
Who is in the city
  --drivers N       1 to 5000; 300 when absent
  --passengers N    0 to 2000; one for seven drivers when absent
  --city NAME       ${cities.join(', ')}: streets of OpenStreetMap (ODbL)
  --seed N          1 when absent: the same number gives the same people with the same plans
  --rides KIND      city: from where people are to where they go by the hour; short: near the cars, under a minute
  --hour H          what time it is in the city at the begin, 0 to 23; 18 when absent
  --clock N         how many times as fast its time goes on: 60 makes an hour a minute. For shifts and crowds, not cars
  --troubles off    drivers without breaks, phones without troubles
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
        '  npm run simulate -- --instances http://127.0.0.1:3000 --admin-email admin@example.com',
        'Start one with npm start, or everything with npm run demo. --help lists the options.',
      ].join('\n'),
      2,
    );
  }
  cityOf(values.city);
  for (const name of /** @type {const} */ (['replay', 'people'])) fileOf(name, values[name]);
  return null;
}

/** @param {string[]} args */
export async function simulate(args) {
  const { values, isPlan, others } = read(args);
  const replay = fileOf('replay', values.replay);
  const people = fileOf('people', values.people);
  const simulatorArgs = [
    isPlan ? 'plan' : 'simulate',
    ...others,
    ...(values.instances ? ['--instances', values.instances] : []),
    ...(people ? ['--people', people] : []),
    ...(replay ? ['--replay', replay] : ['--city', await ensureCity(cityOf(values.city))]),
  ];
  const { code } = await runChild(
    process.execPath,
    ['--enable-source-maps', 'dist/apps/simulator/src/main.js', ...simulatorArgs],
    { cwd: root, stdio: [people === '-' ? 'inherit' : 'ignore', 'inherit', 'inherit'] },
  );
  return code;
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
