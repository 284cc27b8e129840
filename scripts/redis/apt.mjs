import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { quietly } from '../prepare/quiet.mjs';
import { Interrupted, LaunchError } from '../process/signals.mjs';
import { isNewEnough, oldestMajor } from './version.mjs';

const servers = ['redis-server', 'valkey-server'];

/**
 * Downloads the server's package and the libraries this system lacks, with the sources apt is
 * configured for, and unpacks them to `scratch`/tree. Everything apt writes stays in `scratch`.
 * @param {string} scratch
 */
export async function downloadServer(scratch) {
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
  const server = await newEnoughServer(apt).catch((error) => {
    throw new LaunchError(`${error.message}${updateFailure}`);
  });
  await apt('apt-get', 'download', ...(await packagesOf(server, apt)));
  for (const name of readdirSync(debs)) {
    await quietly('dpkg-deb', 'dpkg-deb', ['-x', path.join(debs, name), tree]);
  }
  return tree;
}

/** @typedef {(tool: string, ...args: string[]) => Promise<string>} Apt */

/** @param {Apt} apt */
async function newEnoughServer(apt) {
  const found = [];
  for (const name of servers) {
    const policy = await apt('apt-cache', 'policy', name);
    const version = /Candidate: (?:\d+:)?(\d\S*)/.exec(policy)?.[1];
    if (version && isNewEnough(version)) return name;
    if (version) found.push(`${name} ${version}`);
  }
  throw new LaunchError(
    found.length
      ? `the system's package is too old (${found.join(', ')}; ${oldestMajor} or newer is needed)`
      : `the system's package lists have no ${servers.join(' or ')}`,
  );
}

/**
 * The server and those of its libraries that are not installed, followed through libraries only:
 * what is needed to install a service (users, init scripts) is not needed to run the program.
 * @param {string} server
 * @param {Apt} apt
 */
async function packagesOf(server, apt) {
  const installed = new Set(
    (await quietly('dpkg-query', 'dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package}\n']))
      .split('\n')
      .filter((line) => line.startsWith('installed '))
      .map((line) => line.slice('installed '.length)),
  );
  const wanted = /^(lib|lua-|redis-|valkey-)/;
  /** @type {Set<string>} */
  const packages = new Set();
  for (let open = [server]; open.length > 0;) {
    for (const name of open) packages.add(name);
    const answer = await apt('apt-cache', 'depends', '--important', ...open);
    const depended = [...answer.matchAll(/^\s+(?:Pre)?Depends: (\S+)$/gm)].map(
      (match) => match[1] ?? '',
    );
    open = [...new Set(depended)].filter(
      (name) => wanted.test(name) && !installed.has(name) && !packages.has(name),
    );
  }
  return [...packages];
}
