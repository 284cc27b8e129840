import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { reasonNotToListen } from '../process/ports.mjs';
import { LaunchError } from '../process/signals.mjs';

const maxSeconds = 86_400 * 365;
const maxDrivers = 5_000;
const maxPassengers = 1_000;
const usualDrivers = 300;
const driversPerPassenger = 7;
const fewestPassengers = 4;
const mostPassengers = 30;

const usage = `Usage: npm run demo -- [options]
  --seconds N    end after N seconds; until Ctrl-C when absent
  --drivers N    how many drivers, 1 to ${maxDrivers}; ${usualDrivers} when absent
  --passengers N how many request trips, 0 to ${maxPassengers}; one for seven drivers, up to 30, when absent
  --seed N       another city: the same number gives the same people with the same plans
  --ports A,B    the ports of the two instances (PORT_A and PORT_B, else 3000,3001)
  --traces FILE  a CSV file of recorded positions to drive along instead of the streets of Montevideo
  --help         this text
REDIS_URL names a Redis to use instead of one of its own.`;

const options = /** @type {const} */ ({
  seconds: { type: 'string' },
  drivers: { type: 'string' },
  passengers: { type: 'string' },
  seed: { type: 'string' },
  ports: { type: 'string' },
  traces: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
});

/**
 * The usage when it is asked for, else null.
 * @param {string[]} args
 * @throws {LaunchError} that names everything that is wrong, also a port that is taken: nobody should wait for
 *   the preparation to learn that
 */
export async function checkDemoOptions(args) {
  if (args.includes('--help') || args.includes('-h')) return usage;
  await requireFreePorts(readDemoOptions(args).ports);
  return null;
}

/**
 * Keeps the ports for the launcher; everything else is for the simulator.
 * @param {string[]} args
 */
export function readDemoOptions(args) {
  /** @type {string[]} */
  const problems = [];
  const given = read(args, problems);
  const ports = portsOf(given.ports, problems);
  checkCount('--seconds', given.seconds, 1, maxSeconds, problems);
  checkCount('--drivers', given.drivers, 1, maxDrivers, problems);
  checkCount('--passengers', given.passengers, 0, maxPassengers, problems);
  checkCount('--seed', given.seed, 0, 2 ** 32 - 1, problems);
  const traces = tracesOf(given.traces, problems);
  if (problems.length > 0) throw new LaunchError([...problems, usage].join('\n'), 2);
  const isOnStreets = traces === undefined;
  const counts = isOnStreets ? countsOf(given) : { drivers: 0, passengers: 0 };
  const forSimulator = Object.entries({
    ...given,
    ...(isOnStreets ? counts : {}),
    traces: undefined,
    replay: traces,
    ports: undefined,
  });
  return {
    ports,
    isOnStreets,
    counts,
    forSimulator: forSimulator.flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}`, String(value)],
    ),
  };
}

/**
 * Not strict: Node's own words for what is wrong speak of positional arguments.
 * @param {string[]} args @param {string[]} problems
 */
function read(args, problems) {
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true });
  /** @type {{ seconds?: string, drivers?: string, passengers?: string, seed?: string, ports?: string, traces?: string }} */
  const given = {};
  for (const token of tokens) {
    if (token.kind === 'positional') problems.push(`"${token.value}" is no option.`);
    if (token.kind !== 'option') continue;
    const { name, rawName, value = '', inlineValue } = token;
    if (!Object.hasOwn(options, name)) problems.push(`There is no option ${rawName}.`);
    else if (value === '' || (!inlineValue && value.startsWith('--'))) {
      problems.push(`${rawName} needs a value.`);
    } else given[/** @type {keyof typeof given} */ (name)] = value;
  }
  return given;
}

/** @param {string | undefined} option @param {string[]} problems */
function portsOf(option, problems) {
  const { PORT_A = '3000', PORT_B = '3001' } = process.env;
  const text = option ?? `${PORT_A},${PORT_B}`;
  const ports = text.split(',').map(Number);
  const areValid = ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536);
  if (ports.length !== 2 || !areValid || ports[0] === ports[1]) {
    problems.push(`Two different ports are needed, as in --ports 3000,3001 (not "${text}").`);
  }
  return ports;
}

/** @param {string} name @param {string | undefined} text @param {number} min @param {number} max @param {string[]} problems */
function checkCount(name, text, min, max, problems) {
  if (text === undefined || (/^\d+$/.test(text) && Number(text) >= min && Number(text) <= max))
    return;
  problems.push(`${name} must be a whole number from ${min} to ${max}, not "${text}".`);
}

/** A few trips are always under way, and most drivers are free to be asked. */
function countsOf(/** @type {{ drivers?: string, passengers?: string }} */ given) {
  const drivers = Number(given.drivers ?? usualDrivers);
  const share = Math.max(fewestPassengers, Math.round(drivers / driversPerPassenger));
  return { drivers, passengers: Number(given.passengers ?? Math.min(mostPassengers, share)) };
}

/** @param {string | undefined} option @param {string[]} problems */
function tracesOf(option, problems) {
  if (option === undefined) return undefined;
  // npm changes to the root of the package; a path is meant from where it was typed.
  const file = path.resolve(process.env.INIT_CWD ?? process.cwd(), option);
  try {
    accessSync(file, constants.R_OK);
    if (!statSync(file).isFile()) problems.push(`--traces: ${option} is no file.`);
  } catch {
    problems.push(`--traces: ${option} cannot be read.`);
  }
  return file;
}

/** @param {number[]} ports */
export async function requireFreePorts(ports) {
  const problems = [];
  for (const port of ports) {
    const reason = await reasonNotToListen(port);
    if (!reason) continue;
    const what =
      reason === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${reason})`;
    problems.push(`Port ${port} ${what}.`);
  }
  if (problems.length === 0) return;
  const others = await freePorts(ports.length);
  throw new LaunchError(
    `${problems.join(' ')} Stop that program, or choose two other ports: npm run demo -- --ports ${others}`,
  );
}

/** The first of the usual ones that nobody uses. @param {number} count */
async function freePorts(count) {
  const free = [];
  for (let port = 3_100; free.length < count && port < 65_536; port += 1)
    if (!(await reasonNotToListen(port))) free.push(port);
  return free.join(',');
}
