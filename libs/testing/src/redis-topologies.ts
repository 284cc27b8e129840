import { Redis } from 'ioredis';
import { startRedis, type OwnRedis } from '../../../scripts/redis.mjs';
import { SLOTS, slotOf } from '#libs/redis';
import { until } from './until.js';

const PRIMARIES = 3;
const SENTINELS = 3;
/** Of a test that wants no failover: a busy machine must not be taken for a dead primary. */
const CALM_MS = 15_000;
const STARTUP_MS = 60_000;
const KEYS_PER_STEP = 100;
const MASTER_NAME = 'ridewire';

export interface TopologyOptions {
  /** How long a server may say nothing until another takes its place. @default 15 s */
  patienceMs?: number;
  /** Keeps data over a restart of a server. @default false */
  appendOnly?: boolean;
  /** More settings of each data server, as in redis.conf. */
  settings?: Record<string, string>;
  /** Of a cluster: more of the environment of a data server, by its number. */
  envOf?: (server: number) => NodeJS.ProcessEnv;
}

/** Servers that instances reach with these variables. */
interface Topology {
  readonly variables: { REDIS_URL: string; REDIS_MODE: string; REDIS_SENTINEL_MASTER?: string };
  stop(): Promise<void>;
}

/** A server of a cluster, with a plain connection that looks at it alone. */
export interface ClusterServer {
  readonly redis: OwnRedis;
  readonly admin: Redis;
  readonly id: string;
}

/** Three primaries and a replica of each, in the order p0 p1 p2 r0 r1 r2; the slots in even parts. */
export class RedisCluster implements Topology {
  private constructor(readonly servers: readonly ClusterServer[]) {}

  static async start(options: TopologyOptions = {}): Promise<RedisCluster> {
    const { patienceMs = CALM_MS, appendOnly = false, settings = {}, envOf } = options;
    const started = await Promise.all(
      Array.from({ length: 2 * PRIMARIES }, (_, i) =>
        startRedis({
          ...(envOf && { env: envOf(i) }),
          quiet: true,
          isClusterNode: true,
          appendOnly,
          settings: {
            'cluster-node-timeout': String(patienceMs),
            'cluster-replica-validity-factor': '0',
            'repl-diskless-sync-delay': '0',
            ...settings,
          },
        }),
      ),
    );
    const servers = await Promise.all(
      started.map(async (redis, i) => {
        const admin = plainClient(redis);
        await admin.cluster('SET-CONFIG-EPOCH', i + 1);
        return { redis, admin, id: String(await admin.cluster('MYID')) };
      }),
    );
    const cluster = new RedisCluster(servers);
    await cluster.form();
    return cluster;
  }

  get variables() {
    const addresses = this.servers.map(({ redis }) => `redis://127.0.0.1:${redis.port}`);
    return { REDIS_URL: addresses.join(','), REDIS_MODE: 'cluster' };
  }

  /** The server that has the slot of a key now, as another one knows. */
  async primaryOf(key: string): Promise<ClusterServer> {
    const slot = slotOf(key);
    for (const server of this.servers) {
      if (server.admin.status !== 'ready') continue;
      const ranges = (await server.admin.cluster('SLOTS')) as unknown as [
        first: number,
        last: number,
        primary: [host: string, port: number, id: string],
      ][];
      const owner = ranges.find(([first, last]) => slot >= first && slot <= last)?.[2][2];
      const found = this.servers.find(({ id }) => id === owner);
      if (found) return found;
    }
    throw new Error(`nobody has the slot of ${key}`);
  }

  /** The replica of a primary, as it says itself. */
  async replicaOf(primary: ClusterServer): Promise<ClusterServer> {
    for (const server of this.servers) {
      if (server.admin.status !== 'ready') continue;
      const nodes = String(await server.admin.cluster('NODES'));
      if (nodes.split('\n').some((line) => /myself,slave/.test(line) && line.includes(primary.id)))
        return server;
    }
    throw new Error('it has no replica');
  }

  /** Moves a slot with its keys to another primary, as `redis-cli --cluster reshard` does. */
  async moveSlot(slot: number, from: ClusterServer, to: ClusterServer): Promise<void> {
    await this.beginMove(slot, from, to);
    await this.endMove(slot, from, to);
  }

  /**
   * The first half of it: from now on keys that are not on the old server are asked for on the new one,
   * and what needs keys of both has to wait.
   * @returns how many keys have gone, of how many
   */
  async beginMove(
    slot: number,
    from: ClusterServer,
    to: ClusterServer,
    share = 0,
  ): Promise<{ moved: number; of: number }> {
    await to.admin.cluster('SETSLOT', slot, 'IMPORTING', from.id);
    await from.admin.cluster('SETSLOT', slot, 'MIGRATING', to.id);
    const of = (await from.admin.cluster('COUNTKEYSINSLOT', slot)) as number;
    const moved = Math.floor(of * share);
    if (moved > 0) await this.moveKeys(slot, from, to, moved);
    return { moved, of };
  }

  /** The second half. */
  async endMove(slot: number, from: ClusterServer, to: ClusterServer): Promise<void> {
    while ((await this.moveKeys(slot, from, to, KEYS_PER_STEP)) > 0);
    await to.admin.cluster('SETSLOT', slot, 'NODE', to.id);
    await from.admin.cluster('SETSLOT', slot, 'NODE', to.id);
  }

  /** Takes a slot from its primary: without it the cluster takes nothing at all. */
  async unassign(slot: number, owner: ClusterServer): Promise<void> {
    // Its owner first: the others would learn it from it again.
    for (const { admin } of [owner, ...this.servers.filter((server) => server !== owner)])
      await admin.cluster('DELSLOTS', slot);
  }

  async assign(slot: number, owner: ClusterServer): Promise<void> {
    await owner.admin.cluster('ADDSLOTS', slot);
  }

  /** How often servers have answered with an error, by its first word. */
  async answersWith(word: string): Promise<number> {
    const counts = await Promise.all(
      this.servers.map(async ({ admin }) => {
        const stats = await admin.info('errorstats');
        return Number(new RegExp(`errorstat_${word}:count=(\\d+)`).exec(stats)?.[1] ?? 0);
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  private async moveKeys(
    slot: number,
    from: ClusterServer,
    to: ClusterServer,
    count: number,
  ): Promise<number> {
    const keys = (await from.admin.cluster('GETKEYSINSLOT', slot, count)) as string[];
    const where = ['127.0.0.1', String(to.redis.port), '', '0', '5000', 'KEYS'];
    if (keys.length > 0) await from.admin.call('migrate', ...where, ...keys);
    return keys.length;
  }

  async stop(): Promise<void> {
    for (const { admin } of this.servers) admin.disconnect();
    await Promise.all(this.servers.map(({ redis }) => redis.stop()));
  }

  private async form(): Promise<void> {
    const { servers } = this;
    const [primaries, replicas] = [servers.slice(0, PRIMARIES), servers.slice(PRIMARIES)];
    const part = Math.ceil(SLOTS / PRIMARIES);
    await Promise.all(
      primaries.map(({ admin }, i) =>
        admin.cluster('ADDSLOTSRANGE', i * part, Math.min(SLOTS, (i + 1) * part) - 1),
      ),
    );
    for (const [i, { admin }] of servers.entries()) {
      for (const { redis } of servers.slice(0, i))
        await admin.cluster('MEET', '127.0.0.1', redis.port, redis.clusterPort!);
    }
    await Promise.all(
      servers.map(({ admin }) =>
        until(
          'all know all',
          async () => {
            const nodes = String(await admin.cluster('NODES'));
            return servers.every(({ id }) => nodes.includes(id)) && !nodes.includes('handshake');
          },
          STARTUP_MS,
        ),
      ),
    );
    await Promise.all(replicas.map(({ admin }, i) => admin.cluster('REPLICATE', primaries[i]!.id)));
    await Promise.all(
      servers.map(({ admin }) =>
        until('the cluster is whole', async () => this.isWholeTo(admin), STARTUP_MS),
      ),
    );
  }

  /** Every slot has a primary and a replica whose copy is complete. */
  private async isWholeTo(admin: Redis): Promise<boolean> {
    const [info, ranges, replication] = await Promise.all([
      admin.cluster('INFO'),
      admin.cluster('SLOTS') as Promise<unknown> as Promise<unknown[][]>,
      admin.info('replication'),
    ]);
    return (
      String(info).includes('cluster_state:ok') &&
      ranges.length === PRIMARIES &&
      ranges.every((range) => range.length === 4) &&
      !replication.includes('master_link_status:down')
    );
  }
}

/** A primary, its replica, and three sentinels that agree on which is which. */
export class RedisSentinels implements Topology {
  private readonly added: OwnRedis[] = [];

  private constructor(
    /** The primary of the beginning, and its replica. */
    readonly servers: readonly [OwnRedis, OwnRedis],
    readonly sentinels: readonly OwnRedis[],
  ) {}

  static async start(options: TopologyOptions = {}): Promise<RedisSentinels> {
    const { patienceMs = CALM_MS, appendOnly = false, settings = {} } = options;
    const common = { 'repl-diskless-sync-delay': '0', ...settings };
    const primary = await startRedis({ quiet: true, appendOnly, settings: common });
    const replica = await startRedis({
      quiet: true,
      appendOnly,
      settings: { ...common, replicaof: `127.0.0.1 ${primary.port}` },
    });
    const copying = plainClient(replica);
    await untilCopied(copying);
    copying.disconnect();
    const sentinels = await Promise.all(
      Array.from({ length: SENTINELS }, () =>
        startRedis({
          quiet: true,
          isSentinel: true,
          settings: {
            [`sentinel monitor ${MASTER_NAME}`]: `127.0.0.1 ${primary.port} 2`,
            [`sentinel down-after-milliseconds ${MASTER_NAME}`]: String(patienceMs),
            [`sentinel failover-timeout ${MASTER_NAME}`]: '10000',
          },
        }),
      ),
    );
    const topology = new RedisSentinels([primary, replica], sentinels);
    await Promise.all(
      sentinels.map(async (sentinel) => {
        const admin = plainClient(sentinel);
        await until('it knows all', () => knowsAll(admin), STARTUP_MS);
        admin.disconnect();
      }),
    );
    return topology;
  }

  get variables() {
    const addresses = this.sentinels.map(({ port }) => `redis://127.0.0.1:${port}`);
    return {
      REDIS_URL: addresses.join(','),
      REDIS_MODE: 'sentinel',
      REDIS_SENTINEL_MASTER: MASTER_NAME,
    };
  }

  /** Where the sentinels send clients now. */
  async primary(): Promise<OwnRedis> {
    for (const sentinel of this.sentinels) {
      const admin = plainClient(sentinel);
      try {
        const address = (await admin.call('sentinel', 'get-master-addr-by-name', MASTER_NAME)) as
          string[] | null;
        const found = this.servers.find(({ port }) => String(port) === address?.[1]);
        if (found) return found;
      } finally {
        admin.disconnect();
      }
    }
    throw new Error('no sentinel names a primary');
  }

  /** Makes the replica the primary without a fault, as an operator does. */
  async failOver(): Promise<void> {
    const admin = plainClient(this.sentinels[0]!);
    await admin.call('sentinel', 'failover', MASTER_NAME);
    admin.disconnect();
  }

  /**
   * Has the replica take its copy by another way from now on, e.g. through a proxy before the primary.
   * Sentinels lead it back after ten seconds or more.
   */
  async copyBy(port: number): Promise<void> {
    const admin = plainClient(this.servers[1]);
    await admin.replicaof('127.0.0.1', port);
    await untilCopied(admin);
    admin.disconnect();
  }

  /** Starts another replica of whoever has taken the place of a primary, once somebody has. */
  async replaceReplica(dead: OwnRedis): Promise<void> {
    await until(
      'another has taken its place',
      async () => (await this.primary()) !== dead,
      STARTUP_MS,
    );
    const { port } = await this.primary();
    const replica = await startRedis({
      quiet: true,
      settings: { 'repl-diskless-sync-delay': '0', replicaof: `127.0.0.1 ${port}` },
    });
    this.added.push(replica);
    const admin = plainClient(replica);
    await untilCopied(admin);
    admin.disconnect();
  }

  async stop(): Promise<void> {
    const all = [...this.sentinels, ...this.servers, ...this.added];
    await Promise.all(all.map((each) => each.stop()));
  }
}

/**
 * Kills a primary once its replica has all that it has answered. What it takes with it that dies between
 * an answer and the copy of it is the loss that docs/RELIABILITY.md tells of, and no client can mend it.
 */
export async function killCopied(primary: OwnRedis): Promise<void> {
  const admin = plainClient(primary);
  // From here on writes wait, and nobody is answered.
  await admin.client('PAUSE', STARTUP_MS, 'WRITE');
  const written = offsetsOf(await admin.info('replication')).own;
  await until('its replica has all of it', async () => {
    await admin.wait(1, 1_000);
    return offsetsOf(await admin.info('replication')).copied >= written;
  });
  await primary.kill();
  admin.disconnect();
}

/** Waits until a replica has a complete copy and goes on with it. */
async function untilCopied(replica: Redis): Promise<void> {
  await until(
    'the copy is complete',
    async () => (await replica.info('replication')).includes('master_link_status:up'),
    STARTUP_MS,
  );
}

function offsetsOf(info: string): { own: number; copied: number } {
  const own = /^master_repl_offset:(\d+)/m.exec(info)?.[1];
  const copied = /^slave0:.*\boffset=(\d+)/m.exec(info)?.[1];
  return { own: Number(own), copied: Number(copied ?? -1) };
}

async function knowsAll(sentinel: Redis): Promise<boolean> {
  const master = (await sentinel.call('sentinel', 'master', MASTER_NAME)) as
    string[] | Record<string, string>;
  const fields = Array.isArray(master) ? master : Object.entries(master).flat();
  const valueOf = (name: string) => fields[fields.indexOf(name) + 1];
  return valueOf('num-slaves') === '1' && valueOf('num-other-sentinels') === String(SENTINELS - 1);
}

/** Follows nothing and nobody; survives that its server is killed and started again. */
function plainClient({ port }: OwnRedis): Redis {
  const client = new Redis(port, '127.0.0.1');
  client.on('error', () => undefined);
  return client;
}
