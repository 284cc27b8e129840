import { createRequire } from 'node:module';
import path from 'node:path';
import * as ws from 'ws';
import { afterEach, describe, expect, it } from 'vitest';
import { type Log } from '#libs/observability';
import { closedLanes, FastLanes, reportFastLanes } from '../src/socket/engine/fast-lanes.js';
import { TestCluster } from './cluster.js';

const require = createRequire(import.meta.url);
const { Client } = require(path.join(path.dirname(require.resolve('socket.io')), 'client.js')) as {
  Client: { prototype: object };
};
const { Receiver, WebSocket } = ws as unknown as Record<
  'Receiver' | 'WebSocket',
  { prototype: object }
>;
const PACKAGE = /node_modules\/(?:ws|engine\.io|socket\.io)\//;

/** For each lane a field that it cannot do without. */
const fields = {
  frames: [Receiver.prototype, '_errored'],
  answers: [WebSocket.prototype, '_sender'],
  endings: [WebSocket.prototype, '_socket'],
  requests: [Client.prototype, 'nsps'],
} as const;

describe('fast lanes past ws, Engine.IO and Socket.IO', () => {
  const hidden: (() => void)[] = [];
  let cluster: TestCluster | undefined;

  /** As another version would have it: the packages know the field by a name that we do not. */
  function hide(lane: keyof typeof fields): void {
    const [prototype, field] = fields[lane];
    const values = new WeakMap<object, unknown>();
    Object.defineProperty(prototype, field, {
      configurable: true,
      get(this: object) {
        const [, , reader = ''] = new Error('who reads it').stack!.split('\n');
        return PACKAGE.test(reader) ? values.get(this) : undefined;
      },
      set(this: object, value: unknown) {
        values.set(this, value);
      },
    });
    hidden.push(() => Reflect.deleteProperty(prototype, field));
  }

  async function warnings(): Promise<unknown[]> {
    const said: unknown[] = [];
    const log = { warn: (...line: unknown[]) => said.push(line), debug: () => undefined };
    await reportFastLanes(log as unknown as Log);
    return said;
  }

  afterEach(async () => {
    await cluster?.close();
    cluster = undefined;
    for (const show of hidden.splice(0)) show();
  });

  it('[LANE1] are built for versions that package.json names exactly', () => {
    const { dependencies } = require('../../../package.json') as {
      dependencies: Record<string, string>;
    };
    const exact = ['ws', 'engine.io', 'socket.io', 'socket.io-parser', 'socket.io-adapter'];
    for (const name of [...exact, '@nestjs/websockets', '@nestjs/platform-socket.io']) {
      expect(dependencies[name], name).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  it('[LANE1] are all open with the packages that are installed', async () => {
    expect(await closedLanes()).toEqual([]);
    expect(await warnings()).toEqual([]);
  });

  it.each(Object.keys(fields) as (keyof typeof fields)[])(
    '[LANE1] without a field that it needs, that of %s is off, the log says so, and all goes on',
    async (lane) => {
      hide(lane);
      expect(await closedLanes()).toEqual([lane]);
      expect(await warnings()).toEqual([
        [{ off: { [lane]: FastLanes[lane] } }, expect.stringMatching(/^fast lanes are off/)],
      ]);

      cluster = await TestCluster.start();
      const dispatcher = await cluster.connect(await cluster.addUser('admin'), 1);
      await dispatcher.waitFor('driver:snapshot');
      const user = await cluster.addUser('driver');
      const driver = await cluster.connect(user, 0);
      await driver.waitFor('hello');
      await driver.ask('driver:status:update', { isOnline: true });
      await driver.ask('driver:location:ping', { lat: 41.9, lng: 12.5 });
      const { driverId } = await dispatcher.waitFor<{ driverId: string }>('driver:location:update');
      expect(driverId).toBe(user.userId);
    },
  );
});
