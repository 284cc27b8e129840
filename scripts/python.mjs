import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { hasDebianTools, libraryPath, unpackInto, unpackPackages } from './prepare/apt.mjs';
import { withLock } from './prepare/lock.mjs';
import { cacheDir } from './prepare/paths.mjs';
import { step } from './prepare/progress.mjs';
import { LaunchError } from './process/signals.mjs';

const home = path.join(cacheDir, 'python', process.arch);
const modules = path.join(home, 'usr/lib/python3/dist-packages');
/** The client, and what it polls and opens WebSockets with. */
const packages = ['python3-socketio', 'python3-requests', 'python3-websocket'];
const neededToRun = /^(lib|zlib|python3)/;
const trial = ['-c', 'import socketio, requests, websocket'];

/**
 * A Python that has a client of Socket.IO: the one on the PATH, else with the modules of Debian's
 * or Ubuntu's packages, unpacked into the cache, and with their Python where there is none.
 * @returns {Promise<import('./python.mjs').Python>}
 */
export async function findPythonWithSocketIo() {
  const ready = runs({ program: 'python3', env: process.env }) ?? runs(unpacked());
  if (ready) return ready;
  if (!hasDebianTools())
    throw new LaunchError('Needs a Python with "python-socketio[client]" 5 on the PATH.');
  return withLock('python', async () => {
    if (!runs(unpacked())) {
      await step('unpacking the Socket.IO client of Python into .cache/python', () =>
        unpackInto(home, (scratch) => unpackPackages(scratch, choose, neededToRun)),
      );
    }
    const python = runs(unpacked());
    if (!python) throw new LaunchError('the unpacked Python does not run here');
    return python;
  });
}

async function choose() {
  return hasPython() ? packages : [...packages, 'python3'];
}

function hasPython() {
  return spawnSync('python3', ['--version'], { stdio: 'ignore' }).status === 0;
}

function unpacked() {
  const own = path.join(home, 'usr/bin/python3');
  if (!existsSync(own)) return { program: 'python3', env: { ...process.env, PYTHONPATH: modules } };
  return {
    program: own,
    env: {
      ...process.env,
      PYTHONPATH: modules,
      PYTHONHOME: path.join(home, 'usr'),
      LD_LIBRARY_PATH: libraryPath(home),
    },
  };
}

/** @param {import('./python.mjs').Python} python */
function runs(python) {
  const { status } = spawnSync(python.program, trial, { env: python.env, stdio: 'ignore' });
  return status === 0 ? python : undefined;
}
