import { text } from 'node:stream/consumers';
import { root } from '../prepare/paths.mjs';
import { exitOf, startChild, stopChild } from '../process/child.mjs';
import { LaunchError } from '../process/signals.mjs';

const command = 'dist/apps/realtime/src/command-line/ridewire.js';

/**
 * Makes the people of a demo with open sessions: no password is hashed, so that all are there at once.
 * @param {NodeJS.ProcessEnv} env of the instances
 * @param {{ drivers: number, passengers: number, dispatchers: number }} counts and one dispatcher more
 * @param {(() => Promise<void>)[]} cleanups
 * @returns {Promise<{ list: string, code: string }>} a line each, and the code that signs the one in
 */
export async function peopleOfDemo(env, { drivers, passengers, dispatchers }, cleanups) {
  const child = startChild(
    process.execPath,
    [
      command,
      'issue-people',
      '--codes',
      `--drivers=${drivers}`,
      `--passengers=${passengers}`,
      `--dispatchers=${dispatchers + 1}`,
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
  const visitor = JSON.parse(list.trim().split('\n').at(-1) ?? '');
  return { list, code: visitor.signInCode };
}
