import { type Server } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '#libs/testing';
import { TestCluster } from './cluster.js';

/** Objects are only found dead by a collection. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

describe('what a connection keeps', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({ instances: 1 });
  });
  afterAll(() => cluster.close());

  it('[MEM1] nothing of the request that opened it, headers included', async () => {
    const requests: WeakRef<object>[] = [];
    const server = cluster.instances[0]!.app.getHttpServer() as Server;
    server.on('upgrade', (request) => requests.push(new WeakRef(request)));
    const client = await cluster.connect(await cluster.addUser('driver'), 0);
    expect(requests).toHaveLength(1);
    const collect = collector();
    await until('the request is gone', () => {
      collect();
      return requests[0]!.deref() === undefined;
    });
    expect(client.socket.connected).toBe(true);
  });
});
