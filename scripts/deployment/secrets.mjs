import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { inRoot } from '../prepare/paths.mjs';
import { LaunchError } from '../process/signals.mjs';

const certificateDays = 397;
const usage = `Usage: npm run secrets [-- --host <name> --dir <folder>]
  --host NAME    what the certificate is for, beside localhost; may be repeated
  --dir FOLDER   where the files go; .secrets when absent`;

const secret = () => randomBytes(36).toString('base64url');

/**
 * Makes the secrets of docker-compose.yml, those that are not there yet. None is ever replaced:
 * a new password would lock the instances out of the Redis that has the old one.
 * @param {string[]} args
 */
export async function makeSecrets(args) {
  const { dir, hosts } = read(args);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  const groups = [passwords(), await certificate(hosts)];
  for (const files of groups) {
    // What belongs together is made together, or the halves would not fit.
    const there = Object.keys(files).filter((name) => existsSync(path.join(dir, name)));
    const missing = Object.keys(files).filter((name) => !there.includes(name));
    if (there.length > 0 && missing.length > 0) {
      throw new LaunchError(
        `${dir} has ${there.join(', ')} but not ${missing.join(', ')}. They belong together: ` +
          'bring back what is missing, or remove the others to get new ones.',
      );
    }
    for (const name of there) console.log(`kept   ${path.join(dir, name)}`);
    for (const name of missing) {
      // The folder is closed to others. The files are not: containers read them as other users.
      writeFileSync(path.join(dir, name), files[name] ?? '', { flag: 'wx', mode: 0o644 });
      console.log(`made   ${path.join(dir, name)}`);
    }
  }
  return 0;
}

/** @param {string[]} args */
function read(args) {
  try {
    const { values } = parseArgs({
      args,
      options: { host: { type: 'string', multiple: true }, dir: { type: 'string' } },
    });
    return { dir: values.dir ?? inRoot('.secrets'), hosts: values.host ?? [] };
  } catch (error) {
    throw new LaunchError(`${/** @type {Error} */ (error).message}\n${usage}`, 2);
  }
}

/** @returns {Record<string, string>} */
function passwords() {
  const redis = secret();
  return {
    'instance.env': lines({
      REDIS_URL: `redis://:${redis}@redis:6379`,
      JWT_ACCESS_SECRET: secret(),
      JWT_REFRESH_SECRET: secret(),
      ADMIN_API_KEY: secret(),
      FIRST_ADMIN_EMAIL: 'admin@example.com',
      FIRST_ADMIN_PASSWORD: secret(),
    }),
    'redis.env': lines({ REDISCLI_AUTH: redis }),
    'redis-password.conf': `requirepass ${redis}\n`,
    'grafana.env': lines({ GF_SECURITY_ADMIN_PASSWORD: secret() }),
  };
}

/**
 * A certificate that nobody has signed: good for this machine, and until one of the company is there.
 * @param {string[]} hosts
 * @returns {Promise<Record<string, string>>}
 */
async function certificate(hosts) {
  const { generate } = await import('selfsigned');
  const notBefore = new Date();
  const made = await generate([{ name: 'commonName', value: hosts[0] ?? 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: notBefore,
    notAfterDate: new Date(notBefore.getTime() + certificateDays * 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...['localhost', ...hosts].map((value) => ({ type: /** @type {const} */ (2), value })),
          { type: /** @type {const} */ (7), ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { 'tls-certificate.pem': made.cert, 'tls-key.pem': made.private };
}

/** @param {Record<string, string>} variables */
function lines(variables) {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
