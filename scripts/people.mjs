import { text } from 'node:stream/consumers';
import { root } from './prepare/paths.mjs';
import { exitOf, startChild, stopChild } from './process/child.mjs';
import { LaunchError } from './process/signals.mjs';

const command = 'dist/apps/realtime/src/command-line/ridewire.js';

/** @typedef {{ drivers: number, passengers: number, dispatchers: number }} PeopleCounts */

/**
 * Makes people with open sessions: no password is hashed, so that all are there at once.
 * @param {NodeJS.ProcessEnv} env of the instances, beside what this process has
 * @param {PeopleCounts} counts of those who are simulated
 * @param {{ hasVisitors?: boolean, cleanups?: (() => Promise<void>)[] }} [options] whether there is one more of
 *   each kind, whom nobody simulates
 * @returns {Promise<string>} a line each
 */
export async function issuePeople(
  env,
  { drivers, passengers, dispatchers },
  { hasVisitors = false, cleanups = [] } = {},
) {
  const child = startChild(
    process.execPath,
    [
      command,
      'issue-people',
      `--drivers=${drivers}`,
      `--passengers=${passengers}`,
      `--dispatchers=${dispatchers}`,
      ...(hasVisitors ? ['--visitors'] : []),
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } },
  );
  cleanups.push(() => stopChild(child));
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new LaunchError('The people cannot be made.');
  const [code, list, said] = await Promise.all([exitOf(child), text(stdout), text(stderr)]);
  if (code !== 0) throw new LaunchError(`The people cannot be made: ${said.trim()}`);
  return list;
}

/**
 * What signs in the visitor of each kind.
 * @param {string} list @returns {Record<'driver' | 'passenger' | 'admin', string>}
 */
export function codesOfVisitors(list) {
  const people = list
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  /** @param {string} userType @returns {string} */
  const codeOf = (userType) =>
    people.find((person) => person.userType === userType && person.signInCode).signInCode;
  return {
    driver: codeOf('driver'),
    passenger: codeOf('passenger'),
    admin: codeOf('admin'),
  };
}
