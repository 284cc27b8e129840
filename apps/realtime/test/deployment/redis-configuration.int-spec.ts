import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openRedis, until } from '#libs/testing';
import { findRedis } from '../../../../scripts/redis.mjs';

const FILE = path.resolve(import.meta.dirname, '../../../../deploy/redis/redis.conf');
const directory = mkdtempSync(path.join(tmpdir(), 'ridewire-redis-'));
let redis: ChildProcess | undefined;

afterAll(async () => {
  if (redis) {
    const ended = once(redis, 'exit');
    redis.kill('SIGTERM');
    await ended;
  }
  rmSync(directory, { recursive: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

it('[OPS2] the Redis that is shipped asks for its password, writes its log and drops nothing when it is full', async () => {
  const found = await findRedis();
  if (found.kind === 'js') throw new Error('This needs a real Redis.');
  const port = await freePort();
  writeFileSync(path.join(directory, 'password.conf'), 'requirepass a-password\n');
  const file = path.join(directory, 'redis.conf');
  const text = readFileSync(FILE, 'utf8')
    .replace('port 6379', `port ${port}\nbind 127.0.0.1`)
    .replace('dir /data', `dir ${directory}`)
    .replace('/run/secrets/redis_password', path.join(directory, 'password.conf'))
    // A small one is full soon.
    .replace('maxmemory 512mb', 'maxmemory 3mb');
  writeFileSync(file, text);
  redis = spawn(found.program, [file], { env: found.env, stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  redis.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await until('it is ready', () => output.includes('Ready to accept connections'));

  const stranger = openRedis(`redis://127.0.0.1:${port}`);
  stranger.on('error', () => undefined);
  await expect(stranger.get('key')).rejects.toThrow('NOAUTH');
  stranger.disconnect();
  const client = openRedis(`redis://:a-password@127.0.0.1:${port}`);
  await client.set('kept', 'value');
  await expect(
    (async () => {
      for (let i = 0; i < 100; i += 1) await client.set(`key-${i}`, 'x'.repeat(100_000));
    })(),
  ).rejects.toThrow('OOM');
  expect(await client.get('kept')).toBe('value');
  expect(await client.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
  client.disconnect();
});
