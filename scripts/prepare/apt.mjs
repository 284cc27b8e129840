import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Interrupted, LaunchError } from '../process/signals.mjs';
import { cacheDir } from './paths.mjs';
import { quietly } from './quiet.mjs';

/** @typedef {(tool: string, ...args: string[]) => Promise<string>} Apt */

export function hasDebianTools() {
  const tools = ['apt-get', 'apt-cache', 'dpkg-query', 'dpkg-deb'];
  return (
    process.platform === 'linux' &&
    tools.every((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0)
  );
}

/**
 * Downloads packages and what of their dependencies this system lacks, with the sources apt is
 * configured for, and unpacks them to `scratch`/tree. Everything apt writes stays in `scratch`.
 * @param {string} scratch
 * @param {(apt: Apt) => Promise<string[]>} choose the packages
 * @param {RegExp} followed names of dependencies that are needed to run a program: those to install
 *   a service (users, init scripts) are not
 */
export async function unpackPackages(scratch, choose, followed) {
  const lists = path.join(scratch, 'lists');
  const cache = path.join(scratch, 'cache');
  const debs = path.join(scratch, 'debs');
  const tree = path.join(scratch, 'tree');
  for (const directory of [`${lists}/partial`, `${cache}/archives/partial`, debs, tree]) {
    mkdirSync(directory, { recursive: true });
  }
  const settings = {
    'Dir::State::Lists': lists,
    'Dir::Cache': cache,
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '1',
    'Acquire::http::Timeout': '20',
    'Acquire::https::Timeout': '20',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  /** @param {string} tool @param {string[]} args */
  const apt = (tool, ...args) =>
    quietly(`${tool} ${args[0]}`, tool, ['-qq', ...options, ...args], {
      cwd: debs,
      env: { ...process.env, LC_ALL: 'C' },
    });

  // A list that cannot be had (of a broken third-party source) does not matter if ours can.
  const updateFailure = await apt('apt-get', 'update').then(
    () => '',
    (error) => {
      if (error instanceof Interrupted) throw error;
      return `\n${error.message}`;
    },
  );
  const chosen = await choose(apt).catch((error) => {
    throw new LaunchError(`${error.message}${updateFailure}`);
  });
  await apt('apt-get', 'download', ...(await withDependencies(chosen, followed, apt)));
  for (const name of readdirSync(debs)) {
    await quietly('dpkg-deb', 'dpkg-deb', ['-x', path.join(debs, name), tree]);
  }
  return tree;
}

/**
 * The packages and those of their dependencies that are not installed.
 * @param {string[]} packages
 * @param {RegExp} followed
 * @param {Apt} apt
 */
async function withDependencies(packages, followed, apt) {
  const installed = new Set(
    (await quietly('dpkg-query', 'dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package}\n']))
      .split('\n')
      .filter((line) => line.startsWith('installed '))
      .map((line) => line.slice('installed '.length)),
  );
  /** @type {Set<string>} */
  const all = new Set();
  for (let open = packages; open.length > 0;) {
    for (const name of open) all.add(name);
    const answer = await apt('apt-cache', 'depends', '--important', ...open);
    const depended = [...answer.matchAll(/^\s+(?:Pre)?Depends: (\S+)$/gm)].map(
      (match) => match[1] ?? '',
    );
    open = [...new Set(depended)].filter(
      (name) => followed.test(name) && !installed.has(name) && !all.has(name),
    );
  }
  return [...all];
}

/**
 * Where the dynamic linker finds what was unpacked.
 * @param {string} tree
 */
export function libraryPath(tree) {
  const libraries = ['usr/lib', 'lib']
    .map((name) => path.join(tree, name))
    .filter((directory) => existsSync(directory))
    .flatMap((directory) => readdirSync(directory).map((name) => path.join(directory, name)))
    .filter((directory) => directory.includes('-linux-'));
  return [...libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
}

/**
 * Unpacks into a folder of the cache, all of it or nothing.
 * @param {string} home
 * @param {(scratch: string) => Promise<string>} unpack resolves to the tree
 */
export async function unpackInto(home, unpack) {
  const prefix = `${path.basename(path.dirname(home))}-unpacking-`;
  for (const name of readdirSync(cacheDir)) {
    if (name.startsWith(prefix))
      rmSync(path.join(cacheDir, name), { recursive: true, force: true });
  }
  const scratch = path.join(cacheDir, `${prefix}${process.pid}`);
  try {
    const tree = await unpack(scratch);
    rmSync(home, { recursive: true, force: true });
    mkdirSync(path.dirname(home), { recursive: true });
    renameSync(tree, home);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
