import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestingModule } from '@nestjs/testing';
import { createLogger } from '#libs/observability';
import {
  blockEventLoop,
  openRedis,
  startModules,
  startTcpProxy,
  testEnvironment,
  until,
} from '#libs/testing';
import { startRedis, type OwnRedis } from '../../../scripts/redis.mjs';
import { RedisCommands } from './redis-commands.js';
import { RedisConnections } from './redis-connections.js';

/** Names a server when it is let, and says so to those who listen; as slow as the test wants it. */
class SlowSentinel {
  /** While it is shut nobody is told which server it is. */
  isShut = false;
  readonly asking: Socket[] = [];
  readonly listening: Socket[] = [];
  private readonly server: Server;

  constructor(private readonly port: number) {
    this.server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        for (const command of data
          .toString()
          .toLowerCase()
          .split(/(?=^\*\d+\r\n)/m))
          this.answer(socket, command);
      });
    });
  }

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Another one, or the same, is the primary now. */
  switch(): void {
    for (const socket of this.listening)
      socket.write(reply('>', 'message', '+switch-master', 'it'));
  }

  open(): void {
    this.isShut = false;
    for (const socket of this.asking.splice(0)) this.name(socket);
  }

  close(): void {
    this.server.close();
  }

  private answer(socket: Socket, command: string): void {
    if (command.includes('get-master-addr-by-name')) {
      this.asking.push(socket);
      if (!this.isShut) this.open();
    } else if (command.includes('subscribe')) {
      this.listening.push(socket);
      socket.write('>3\r\n$9\r\nsubscribe\r\n$14\r\n+switch-master\r\n:1\r\n');
    } else {
      socket.write('+OK\r\n');
    }
  }

  private name(socket: Socket): void {
    socket.write(reply('*', '127.0.0.1', String(this.port)));
  }
}

/** @param kind `>` of what nobody has asked for, `*` of an answer */
function reply(kind: '>' | '*', ...texts: string[]): string {
  return [`${kind}${texts.length}`, ...texts.map((text) => `$${text.length}\r\n${text}`), ''].join(
    '\r\n',
  );
}

describe(RedisConnections.name, () => {
  let redis: OwnRedis;
  let modules: TestingModule;

  beforeAll(async () => {
    redis = await startRedis({ quiet: true });
    modules = await startModules(testEnvironment({ REDIS_URL: redis.url }), []);
  });
  afterAll(async () => {
    await modules.close();
    await redis.stop();
  });

  it('[REDIS1] leaves a master that became a replica, with every connection', async () => {
    const operator = openRedis(redis.url);
    const ids = async () => {
      const list = String(await operator.client('LIST'));
      return [...list.matchAll(/^id=(\d+) .*name=ridewire:(\w+)/gm)].map(([, id, name]) => ({
        id: Number(id),
        name: name!,
      }));
    };
    const before = await ids();
    expect(before.map(({ name }) => name).toSorted()).toEqual([
      'commands',
      'publisher',
      'subscriber',
    ]);
    const newest = Math.max(...before.map(({ id }) => id));
    const commands = modules.get(RedisCommands);
    const write = () => commands.do((client) => client.set('key', 'value'));
    await operator.replicaof('127.0.0.1', 1);
    await expect(write()).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE', retryable: true });
    await until('all are new connections', async () => {
      const now = await ids();
      return now.length === 3 && now.every(({ id }) => id > newest);
    });
    await operator.replicaof('NO', 'ONE');
    await until('writes work again', () =>
      write().then(
        () => true,
        () => false,
      ),
    );
    operator.disconnect();
  });

  it('[HEALTH1] a Redis whose user may run no scripts takes no write', async () => {
    const operator = openRedis(redis.url);
    const commands = modules.get(RedisCommands);
    await operator.call('ACL', 'SETUSER', 'default', '-@scripting');
    expect(await commands.writeRefusal()).toMatch(/^NOPERM /);
    await operator.call('ACL', 'SETUSER', 'default', '+@scripting');
    expect(await commands.writeRefusal()).toBeUndefined();
    operator.disconnect();
  });

  it('[REDIS1] a process that was blocked finds the answers in its sockets and keeps its connections', async () => {
    // Longer than a busy machine keeps Redis from its answers.
    const limited = testEnvironment({ REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT: '2s' });
    const busy = await startModules(limited, []);
    const operator = openRedis(redis.url);
    const { commands, publisher } = busy.get(RedisConnections);
    const own = busy.get(RedisConnections).open('third', 2_000);
    await until('it is connected', () => own.status === 'ready');
    const ids = () => Promise.all([commands, publisher, own].map((each) => each.client('ID')));
    const before = await ids();
    for (let round = 0; round < 3; round += 1) {
      const answers = Promise.all([commands, publisher, own].map((each) => each.echo('here')));
      blockEventLoop(3_000);
      expect(await answers).toEqual(['here', 'here', 'here']);
      // So long that idle connections were asked before the next round.
      await operator.blpop('nothing', 1.2);
    }
    expect(await ids()).toEqual(before);
    operator.disconnect();
    await busy.close();
  });

  it.each([0, 200])(
    '[REDIS1] a Redis that falls silent is noticed within the limit, with a command on its way and without (%i ms between)',
    async (waitMs) => {
      const proxy = await startTcpProxy(redis.port);
      const url = `redis://127.0.0.1:${proxy.port}`;
      const limited = testEnvironment({ REDIS_URL: url, REDIS_COMMAND_TIMEOUT: '500ms' });
      const instance = await startModules(limited, []);
      const { commands, publisher } = instance.get(RedisConnections);
      const operator = openRedis(redis.url);
      proxy.stall();
      if (waitMs > 0) await operator.blpop('nothing', waitMs / 1_000);
      const startedAt = performance.now();
      await expect(
        instance.get(RedisCommands).do((client) => client.get('key')),
      ).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
      await until('the idle connection is given up as well', () => publisher.status !== 'ready');
      expect(performance.now() - startedAt).toBeLessThan(15_000);
      proxy.mend();
      await until('both are back', () => [commands, publisher].every((r) => r.status === 'ready'));
      operator.disconnect();
      await instance.close();
      await proxy.close();
    },
  );

  it('[CLUS3] a connection that is told of another primary while it looks for one is there again', async () => {
    const proxy = await startTcpProxy(redis.port);
    const sentinel = new SlowSentinel(proxy.port);
    const REDIS_URL = await sentinel.listen();
    const behind = { REDIS_URL, REDIS_MODE: 'sentinel', REDIS_SENTINEL_MASTER: 'it' };
    const instance = await startModules(testEnvironment(behind), []);
    const { commands, publisher } = instance.get(RedisConnections);
    const all = 3;
    await until('they listen', () => sentinel.listening.length >= all);
    sentinel.isShut = true;
    proxy.cut();
    await until('they ask', () => sentinel.asking.length >= all);
    sentinel.switch();
    await until('they have heard it', () => sentinel.listening.every(({ closed }) => closed));
    proxy.mend();
    sentinel.open();
    await until('they are back', () => [commands, publisher].every((r) => r.status === 'ready'));
    expect(await instance.get(RedisCommands).do((client) => client.echo('here'))).toBe('here');
    await instance.close();
    sentinel.close();
    await proxy.close();
  });

  it('[CLUS1] a server that drops keys when its memory is full is used, and the start says what that costs', async () => {
    const full = await startRedis({ quiet: true, settings: { 'maxmemory-policy': 'allkeys-lru' } });
    const lines: string[] = [];
    const log = createLogger('warn', { write: (line) => lines.push(line) });
    const environment = testEnvironment({ REDIS_URL: full.url });
    const instance = await startModules(environment, [], log);
    await instance.get(RedisConnections).waitUntilReady(1_000);
    const said = lines.filter((line) => line.includes('"policy":"allkeys-lru"'));
    expect(said).toEqual([expect.stringContaining('noeviction')]);
    await instance.close();
    await full.stop();
  });

  it('[CLUS1] a server that is part of a cluster, or is none, is told from what was configured', async () => {
    const node = await startRedis({ quiet: true, isClusterNode: true });
    await expect(startModules(testEnvironment({ REDIS_URL: node.url }), [])).rejects.toThrow(
      'REDIS_MODE is single, but the server at REDIS_URL runs as cluster',
    );
    await node.stop();
  });
});
