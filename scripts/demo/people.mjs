import { text } from 'node:stream/consumers';
import { root } from '../prepare/paths.mjs';
import { exitOf, startChild, stopChild } from '../process/child.mjs';
import { LaunchError } from '../process/signals.mjs';

const command = 'dist/apps/realtime/src/command-line/ridewire.js';

/**
 * Makes the people of a demo with open sessions: no password is hashed, so that all are there at once.
 * @param {NodeJS.ProcessEnv} env of the instances
 * @param {{ drivers: number, passengers: number, dispatchers: number }} counts of those who are simulated
 * @param {(() => Promise<void>)[]} cleanups
 * @returns {Promise<{ list: string, codeOf: Record<'driver' | 'passenger' | 'admin', string> }>} a line each,
 *   and the codes that sign in one of each kind whom nobody simulates
 */
export async function peopleOfDemo(env, { drivers, passengers, dispatchers }, cleanups) {
  const child = startChild(
    process.execPath,
    [
      command,
      'issue-people',
      '--visitors',
      `--drivers=${drivers}`,
      `--passengers=${passengers}`,
      `--dispatchers=${dispatchers}`,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ENV_FILE: '', ...env },
    },
  );
  cleanups.push(() => stopChild(child));
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new LaunchError('The people of the demo cannot be made.');
  const [code, list, said] = await Promise.all([exitOf(child), text(stdout), text(stderr)]);
  if (code !== 0) throw new LaunchError(`The people of the demo cannot be made: ${said.trim()}`);
  const people = list
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  /** @param {string} userType @returns {string} */
  const codeOf = (userType) =>
    people.find((person) => person.userType === userType && person.signInCode).signInCode;
  return {
    list,
    codeOf: {
      driver: codeOf('driver'),
      passenger: codeOf('passenger'),
      admin: codeOf('admin'),
    },
  };
}
