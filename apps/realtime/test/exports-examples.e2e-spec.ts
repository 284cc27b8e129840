import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type TestingModule } from '@nestjs/testing';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { ExportsModule } from '#libs/exports';
import { openRedis, startModules, testEnvironment, uniquePrefix, until } from '#libs/testing';

const root = path.resolve(import.meta.dirname, '../../..');
const SECRETS = [
  'a-webhook-secret-of-32-characters-or-more',
  'the-secret-that-will-take-its-place',
];
const START_TIMEOUT_MS = 100_000;

describe('the examples of EXPORTS.md', () => {
  const redis = openRedis(inject('redisUrl'));
  const prefix = uniquePrefix();
  const children: ChildProcess[] = [];
  let instance: TestingModule | undefined;

  afterEach(async () => {
    await instance?.close();
    instance = undefined;
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** Runs a code block as it stands; gives what it says. */
  function run(name: string, env: Record<string, string>): { readonly output: string } {
    const document = readFileSync(path.join(root, 'docs/EXPORTS.md'), 'utf8');
    const code = document.split(`\`\`\`js\n// ${name}\n`)[1]?.split('\n```')[0];
    expect(code, name).toBeDefined();
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code!], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    const said = { output: '' };
    const note = (chunk: Buffer) => (said.output += chunk.toString());
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    return said;
  }

  async function append(subject: string, ...versions: number[]): Promise<void> {
    for (const version of versions) {
      const fact = {
        type: 'trip.completed',
        subject,
        version,
        at: 5,
        data: '{"fare":{"amount":7}}',
      };
      await redis.xadd(`${prefix}{dispatch}:exports`, '*', ...Object.entries(fact).flat());
    }
  }

  it('[EXPORT8] the reader of the stream reads and acknowledges', async () => {
    await append('trip-1', 1, 2);
    const env = { REDIS_URL: inject('redisUrl'), REDIS_KEY_PREFIX: prefix };
    const reader = run('read-facts.mjs', env);
    await until('it has read', () => reader.output.includes('trip-1 2'), START_TIMEOUT_MS);
    await append('trip-1', 3);
    await until('it has read the new one', () => reader.output.includes('trip-1 3'));
    expect(reader.output.split('\n').slice(0, 3)).toEqual(
      [1, 2, 3].map((version) => `trip-1 ${version} trip.completed { fare: { amount: 7 } }`),
    );
    await until('all is acknowledged', async () => {
      const [pending] = await redis.xpending(`${prefix}{dispatch}:exports`, 'warehouse');
      return pending === 0;
    });
  });

  it('[EXPORT8] the receiver of webhooks accepts what is genuine and nothing else', async () => {
    const receiver = run('receive-facts.mjs', { PORT: '0', WEBHOOK_SECRET: SECRETS[1]! });
    await until('it listens', () => receiver.output.includes('port '), START_TIMEOUT_MS);
    const url = `http://127.0.0.1:${/port (\d+)/.exec(receiver.output)![1]}/facts`;
    const environment = testEnvironment({
      REDIS_KEY_PREFIX: prefix,
      WEBHOOK_URL: url,
      WEBHOOK_SECRET: SECRETS.join(','),
    });
    instance = await startModules(environment, [ExportsModule]);
    await append('trip-2', 1, 2);
    await until('both have come', () => receiver.output.includes('trip-2 2 trip.completed'));
    const headers = {
      'x-ridewire-id': '1-0',
      'x-ridewire-timestamp': String(Date.now()),
      'x-ridewire-signature': `v1=${'0'.repeat(64)}`,
    };
    const body = '{"subject":"forged","version":1}';
    const forgeries = [headers, { ...headers, 'x-ridewire-timestamp': '1' }, {}];
    const answers = await Promise.all(
      forgeries.map((forged) => fetch(url, { method: 'POST', body, headers: forged })),
    );
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(receiver.output).not.toContain('forged');
  });
});
