import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TripView } from '#libs/contracts';
import { RedisCluster, until, type ClusterServer } from '#libs/testing';
import { TripsService } from '#libs/trips';
import { chatter, join, say } from '../chat-scene.js';
import { TestCluster, type TestUser } from '../cluster.js';
import { TRIP_REQUEST } from '../ride-people.js';

const PRIMARIES = 3;
const LOG = 'appendonlydir';
const POINT = 'dump.rdb';

describe('a backup of a cluster of Redis', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'ridewire-backup-'));
  /** Where the copies of a primary are. */
  const copyOf = (primary: number) => path.join(directory, String(primary));
  let keyPrefix: string;
  let rider: TestUser;
  let tripId: string;

  beforeAll(async () => {
    const servers = await RedisCluster.start({ appendOnly: true });
    const cluster = await TestCluster.start({ instances: 1, env: servers.variables });
    keyPrefix = cluster.environment.REDIS_KEY_PREFIX;
    rider = await cluster.addUser('passenger');
    const client = await cluster.connect(rider, 0);
    ({ tripId } = await client.ask<TripView>('trip:request', TRIP_REQUEST));
    const { client: ada } = await chatter(cluster, 0);
    await join(ada, 'lobby');
    await say(ada, 'lobby', 'kept');
    // As OPERATIONS.md says it, while everything runs: of each primary its own.
    for (const [i, primary] of servers.servers.slice(0, PRIMARIES).entries()) {
      const { admin } = primary;
      mkdirSync(copyOf(i));
      await admin.bgsave();
      await until('the point in time is written', async () =>
        /rdb_bgsave_in_progress:0/.test(await admin.info('persistence')),
      );
      await admin.config('SET', 'auto-aof-rewrite-percentage', '0');
      await until('the log is not being rewritten', async () =>
        /aof_rewrite_in_progress:0/.test(await admin.info('persistence')),
      );
      for (const name of [POINT, LOG])
        cpSync(path.join(await folderOf(primary), name), path.join(copyOf(i), name), {
          recursive: true,
        });
    }
    await cluster.close();
    await servers.stop();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([
    { of: 'points in time', name: POINT, appendOnly: false },
    { of: 'logs of writes', name: LOG, appendOnly: true },
  ])(
    '[BACKUP1] the $of of its primaries, put into an empty cluster of the same slots, bring back accounts, sessions, trips and talk',
    async ({ name, appendOnly }) => {
      const servers = await RedisCluster.start({ appendOnly });
      const primaries = servers.servers.slice(0, PRIMARIES);
      const replicas = servers.servers.slice(PRIMARIES);
      try {
        // The replicas first: none takes the place of a primary that is about to be filled.
        const folders = new Map<ClusterServer, string>();
        for (const server of [...replicas, ...primaries]) {
          folders.set(server, await folderOf(server));
          await server.redis.kill('SIGTERM');
        }
        for (const [server, folder] of folders) {
          for (const data of [POINT, LOG])
            rmSync(path.join(folder, data), { recursive: true, force: true });
          const at = primaries.indexOf(server);
          if (at >= 0)
            cpSync(path.join(copyOf(at), name), path.join(folder, name), { recursive: true });
        }
        for (const { redis } of [...primaries, ...replicas]) await redis.restart();
        await until('all slots are served and all copies are complete', async () => {
          const states = await Promise.all(
            servers.servers.map(async ({ admin }) => {
              const info = String(await admin.cluster('INFO'));
              const replication = await admin.info('replication');
              return (
                info.includes('cluster_state:ok') &&
                !replication.includes('master_link_status:down')
              );
            }),
          );
          return states.every(Boolean);
        });
        if (!appendOnly) {
          for (const server of primaries) {
            await server.admin.config('SET', 'appendonly', 'yes');
            await until('the log is begun', () => existsSync(path.join(folders.get(server)!, LOG)));
          }
        }
        const cluster = await TestCluster.start({
          instances: 1,
          env: { ...servers.variables, REDIS_KEY_PREFIX: keyPrefix },
        });
        try {
          // With the token of before: its session is there.
          const client = await cluster.connect(rider, 0);
          const trips = cluster.instances[0]!.app.get(TripsService, { strict: false });
          expect(await trips.activeOf(rider.userId)).toMatchObject({ id: tripId });
          await client.ask('trip:cancel', { tripId, reason: 'it works' });
          const { client: bo } = await chatter(cluster, 0);
          await join(bo, 'lobby');
          const history = await bo.ask<object>('chat:history', { conversationId: 'lobby' });
          expect(JSON.stringify(history)).toContain('"kept"');
        } finally {
          await cluster.close();
        }
      } finally {
        await servers.stop();
      }
    },
  );
});

async function folderOf({ admin }: ClusterServer): Promise<string> {
  const [, folder = ''] = (await admin.config('GET', 'dir')) as string[];
  return folder;
}
