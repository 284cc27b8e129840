import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisConfig } from '#libs/config';
import { createLogger } from '#libs/observability';
import { openRedis, startModules, testEnvironment, until } from '#libs/testing';
import { startRedis, type OwnRedis } from '../../../scripts/redis.mjs';
import { RedisCommands } from './redis-commands.js';
import { RedisConnections } from './redis-connections.js';
import { ShardPublisher } from './shard-publisher.js';
import { ShardSubscriber } from './shard-subscriber.js';

const SECRET = 'p@ss/word?';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('a Redis that asks for certificates and a user', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'ridewire-redis-tls-'));
  const file = (name: string) => path.join(dir, name);
  let redis: OwnRedis;
  let tlsPort: number;

  beforeAll(async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'redis.test' }], {
      keyType: 'ec',
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'redis.test' }] }],
    });
    writeFileSync(file('cert.pem'), cert);
    writeFileSync(file('key.pem'), key);
    tlsPort = await freePort();
    redis = await startRedis({
      quiet: true,
      settings: {
        'tls-port': String(tlsPort),
        'tls-cert-file': file('cert.pem'),
        'tls-key-file': file('key.pem'),
        'tls-ca-cert-file': file('cert.pem'),
        'tls-auth-clients': 'yes',
      },
    });
    const operator = openRedis(redis.url);
    await operator.acl('SETUSER', 'ridewire', 'on', `>${SECRET}`, '~*', '&*', '+@all');
    await operator.acl('SETUSER', 'default', 'off');
    operator.disconnect();
  });
  afterAll(async () => {
    await redis.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const variables = () => ({
    REDIS_URL: `rediss://127.0.0.1:${tlsPort}`,
    REDIS_TLS_CA_FILE: file('cert.pem'),
    REDIS_TLS_CERT_FILE: file('cert.pem'),
    REDIS_TLS_KEY_FILE: file('key.pem'),
    REDIS_TLS_SERVER_NAME: 'redis.test',
  });

  it('[CLUS1] is reached with a certificate, under the name of its own, by a user with a password', async () => {
    const user = { REDIS_USERNAME: 'ridewire', REDIS_PASSWORD: SECRET };
    const modules = await startModules(testEnvironment({ ...variables(), ...user }), []);
    const commands = modules.get(RedisCommands);
    await commands.do((client) => client.set('key', 'value'));
    expect(await commands.do((client) => client.acl('WHOAMI'))).toBe('ridewire');
    const heard: string[] = [];
    await modules.get(ShardSubscriber).subscribe('room', (said) => heard.push(said.toString()));
    modules.get(ShardPublisher).publish('room', 'hello');
    await until('it is heard', () => heard.length === 1);
    await modules.close();
  });

  it.each([
    ['another name than in its certificate', { REDIS_TLS_SERVER_NAME: 'other.test' }],
    ['a wrong password', { REDIS_USERNAME: 'ridewire', REDIS_PASSWORD: 'wrong' }],
  ])('[CLUS1] is not taken with %s, and the start says so', async (_, wrong) => {
    const user = { REDIS_USERNAME: 'ridewire', REDIS_PASSWORD: SECRET };
    const environment = testEnvironment({ ...variables(), ...user, ...wrong });
    const log = createLogger('silent', { write: () => undefined });
    const connections = new RedisConnections(redisConfig(environment), log);
    await expect(connections.waitUntilReady(1_500)).rejects.toThrow(
      /Redis (?:does not answer at REDIS_URL \(.*altnames|at REDIS_URL refuses the login \(.*WRONGPASS)/s,
    );
    await connections.onApplicationShutdown();
  });

  it.each([
    // That this is none, nobody gets so far as to hear.
    ['a sentinel', { REDIS_MODE: 'sentinel', REDIS_SENTINEL_MASTER: 'ridewire' }],
    ['a server of a cluster', { REDIS_MODE: 'cluster' }],
  ])(
    '[CLUS1] %s under another name than in its certificate is asked again and again, and ends nothing',
    async (_, mode) => {
      const other = { REDIS_TLS_SERVER_NAME: 'other.test', ...mode };
      const environment = testEnvironment({ ...variables(), ...other });
      const log = createLogger('silent', { write: () => undefined });
      const connections = new RedisConnections(redisConfig(environment), log);
      // An error that nobody hears, of any of the tries, fails the run.
      await expect(connections.waitUntilReady(1_500)).rejects.toThrow('Redis does not answer');
      await connections.onApplicationShutdown();
    },
  );

  it('[CLUS1] is left within a handshake, and what it says to that later ends nothing', async () => {
    const environment = testEnvironment({ ...variables(), REDIS_TLS_SERVER_NAME: 'other.test' });
    const log = createLogger('silent', { write: () => undefined });
    // An error that nobody hears fails the run. It came in nearly every round.
    for (let round = 0; round < 10; round += 1) {
      const connections = new RedisConnections(redisConfig(environment), log);
      await nextTurn();
      await connections.onApplicationShutdown();
      await until('it has ended', () => connections.commands.status === 'end');
    }
  });
});
