import { type Socket } from 'node:net';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Cluster, Redis } from 'ioredis';
import { redisConfig, type ConfigType, type RedisServers } from '#libs/config';
import { Log } from '#libs/observability';
import { optionsOfCluster, optionsOfOne } from './connection-options.js';
import { ConnectingWatch } from './connecting-watch.js';
import { gatherWrites } from './gathered-writes.js';
import { holdReplies } from './held-replies.js';
import { connectAgain, onOtherOwners } from './other-primaries.js';
import { type AnyClient, type RedisClient } from './redis-client.js';
import { checkServer, droppingPolicy, whatToDo, WrongServerError } from './server-check.js';
import { SilenceWatch } from './silence-watch.js';
import { ClusterSlots, ONLY_SERVER, OneServer, type SlotMap } from './slot-map.js';

/** Of connections that carry no commands of requests: who hears nothing for so long has lost Redis. */
const SILENCE_LIMIT_MS = 2_000;

/** After a node of the cluster was lost its map is asked for, and the node tried again. */
const LOST_NODE_LOOK_MS = 100;

/** A master that became a replica is left this often at most. */
const LEAVE_REPLICA_INTERVAL_MS = 1_000;

const PUBLISHER = 'publisher';
/** Connections whose answers tell nothing of what is kept. */
const UNHELD: ReadonlySet<string> = new Set([PUBLISHER, 'subscriber', 'replicas']);

/** Who knows whether replicas have what a primary tells, see ReplicaWaits. */
export interface ReplicaGuard {
  /** Resolves once replicas have all that a connection has answered by now. */
  replicated(redis: Redis, owner: string): Promise<void>;
  /** Hands a message on as soon as they have what it tells, in the order of the connection. */
  handOn(redis: Redis, owner: string, message: () => void): void;
}

type MessageHandler = (channel: Buffer, message: Buffer) => void;

/**
 * Opens and closes every connection to Redis, and is the only one that knows whether that is one
 * server, a primary behind sentinels or a cluster. None queues while Redis is away, none sends again later.
 */
@Injectable()
export class RedisConnections implements OnApplicationShutdown {
  /** Commands and scripts; fails within the command timeout. */
  readonly commands: RedisClient;
  /** Publishing only, so that a slow script never delays fan-out. */
  readonly publisher: RedisClient;
  /** Where sharded channels are. */
  readonly slots: SlotMap;
  private readonly servers: RedisServers;
  private readonly holdsReplies: boolean;
  private readonly opened = new Set<Redis | Cluster>();
  private readonly watches = new Map<Redis | Cluster, SilenceWatch | ConnectingWatch>();
  private readonly commandsLost = new Set<() => void>();
  private readonly replicaLimitMs: number;
  private guard: ReplicaGuard | undefined;
  private lastFailure = '';
  private saidPolicy: string | undefined;
  private leftReplicaAt = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(redisConfig.KEY) settings: ConfigType<typeof redisConfig>,
    private readonly log: Log,
  ) {
    this.servers = settings.servers;
    this.holdsReplies = settings.replicasToWaitFor > 0;
    // A server that owes an answer for this long has lost its connection: what waits fails at once,
    // and what was not sent yet never will be. One watch a connection instead of a timer a command.
    const limitMs = settings.commandTimeoutMs;
    // A server that waits for its replicas says nothing meanwhile.
    this.replicaLimitMs = limitMs + settings.replicationTimeoutMs;
    const commands = this.openClient('commands', limitMs, true);
    this.commands = commands;
    this.publisher = this.openClient(PUBLISHER, limitMs);
    this.slots =
      commands instanceof Cluster
        ? new ClusterSlots(commands, (address) => this.openNode(address, 'subscriber'))
        : new OneServer(() => this.openServer('subscriber', SILENCE_LIMIT_MS));
  }

  /**
   * A connection of its own for one purpose, e.g. a blocking read of less than a second or so. No
   * timeout of a command or socket of ioredis' own: those do not know a process that was busy.
   */
  open(purpose: string, silenceLimitMs: number = SILENCE_LIMIT_MS): RedisClient {
    return this.openClient(purpose, silenceLimitMs);
  }

  /** From now on nothing counts that replicas do not have. */
  guardWith(guard: ReplicaGuard): void {
    this.guard = guard;
  }

  /**
   * Hands on what a subscriber hears.
   * @param owner the address of its server, as the map of slots has it
   */
  handOn(redis: Redis, owner: string, channel: Buffer, message: Buffer, to: MessageHandler): void {
    // Without a closure where nothing waits: every position comes this way.
    if (this.guard) this.guard.handOn(redis, owner, () => to(channel, message));
    else to(channel, message);
  }

  /** A connection to a server that has slots, for what keeps others waiting behind it. */
  openForReplicas(owner: string): Redis {
    return this.servers.mode === 'cluster'
      ? this.openNode(owner, 'replicas', this.replicaLimitMs)
      : this.openServer('replicas', this.replicaLimitMs);
  }

  /** The servers that take writes: the one, or the primaries of the cluster. */
  primaries(): Redis[] {
    const client = this.commands as AnyClient;
    return client instanceof Cluster ? client.nodes('master') : [client];
  }

  /** How the servers are arranged: `standalone`, `sentinel` or `cluster`. */
  get mode(): string {
    const { mode } = this.servers;
    return mode === 'single' ? 'standalone' : mode;
  }

  /**
   * The servers that take writes by their addresses, `host:port`, as the map of the cluster has them;
   * undefined for one that there is no connection to.
   */
  primariesByAddress(): Map<string, Redis | undefined> {
    const client = this.commands as AnyClient;
    if (client instanceof Cluster) {
      const connected = new Map(
        client.nodes('master').map((node) => [`${node.options.host}:${node.options.port}`, node]),
      );
      return new Map([...this.slots.owners()].map((address) => [address, connected.get(address)]));
    }
    const { remoteAddress, remotePort } = client.stream as Partial<Socket>;
    return new Map([[`${remoteAddress}:${remotePort}`, client]]);
  }

  /**
   * Calls each time a connection of commands ends, or another server takes them over: whoever answers
   * the next command may be a Redis that was restored, or a replica that lagged behind.
   */
  onCommandsLost(listener: () => void): void {
    this.commandsLost.add(listener);
  }

  /** Ends a connection that is of no use any more. */
  close(client: RedisClient): void {
    this.opened.delete(client as AnyClient);
    this.unwatch(client as AnyClient);
    client.disconnect();
  }

  /** @throws Error with what to do when Redis does not answer in time or is not what it should be. */
  async waitUntilReady(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      try {
        await this.checkServers();
        return;
      } catch (error) {
        if (error instanceof WrongServerError) throw error;
        const reason = this.lastFailure || (error instanceof Error ? error.message : String(error));
        if (Date.now() > deadline) {
          throw new Error(whatToDo(reason), { cause: error });
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async onApplicationShutdown(): Promise<void> {
    for (const watch of this.watches.values()) watch.stop();
    const all = [...this.opened];
    this.opened.clear();
    for (const client of all) client.disconnect();
  }

  private openClient(purpose: string, silenceLimitMs: number, waits = false): AnyClient {
    return this.servers.mode === 'cluster'
      ? this.openCluster(purpose, silenceLimitMs, waits)
      : this.openServer(purpose, silenceLimitMs);
  }

  private openServer(purpose: string, silenceLimitMs: number): Redis {
    const redis = new Redis({
      ...optionsOfOne(this.servers, purpose),
      ...(purpose === 'commands' && {
        reconnectOnError: (error: Error) => this.leaveReplica(error),
      }),
    });
    this.opened.add(redis);
    this.watch(redis, purpose, silenceLimitMs);
    connectAgain(redis, () => this.opened.has(redis));
    if (!UNHELD.has(purpose)) this.hold(redis, ONLY_SERVER);
    return redis;
  }

  /** A node of the cluster by itself: for what belongs to one connection. */
  private openNode(address: string, purpose: string, silenceLimitMs = SILENCE_LIMIT_MS): Redis {
    const portAt = address.lastIndexOf(':');
    const redis = new Redis({
      ...optionsOfOne(this.servers, purpose),
      host: address.slice(0, portAt),
      port: Number(address.slice(portAt + 1)),
    });
    this.opened.add(redis);
    this.watch(redis, `${purpose} at ${address}`, silenceLimitMs);
    return redis;
  }

  private openCluster(purpose: string, silenceLimitMs: number, waits: boolean): Cluster {
    const { addresses } = this.servers;
    const cluster = new Cluster([...addresses], optionsOfCluster(this.servers, purpose, waits));
    // The next command finds out where its slots are now; none may come for long.
    let looking: NodeJS.Timeout | undefined;
    const lookSoon = () => {
      looking ??= setTimeout(() => {
        looking = undefined;
        if (cluster.status === 'ready') cluster.refreshSlotsCache();
      }, LOST_NODE_LOOK_MS).unref();
    };
    cluster.on('+node', (node: Redis) => {
      const { host, port, readOnly } = node.options;
      this.watch(node, `${purpose} at ${host}:${port}`, silenceLimitMs);
      if (purpose !== PUBLISHER) this.hold(node, `${host}:${port}`);
      // A primary whose connection begins with its first command refuses those beside it.
      if (!readOnly) node.connect().catch(() => undefined);
      node.on('close', lookSoon);
      if (purpose === 'commands') this.tellCommandsLost();
    });
    if (purpose === 'commands') onOtherOwners(cluster, () => this.tellCommandsLost());
    cluster.on('-node', (node: Redis) => this.unwatch(node));
    cluster.on('error', (error: Error) => (this.lastFailure = error.message));
    this.opened.add(cluster);
    this.watches.set(cluster, new ConnectingWatch(cluster));
    return cluster;
  }

  private watch(redis: Redis, purpose: string, silenceLimitMs: number): void {
    gatherWrites(redis);
    let lastMessage = '';
    redis.on('error', (error: Error) => {
      this.lastFailure = error.message;
      if (error.message !== lastMessage)
        this.log.warn({ purpose, reason: error.message }, 'redis connection failed');
      lastMessage = error.message;
    });
    redis.on('ready', () => {
      if (lastMessage !== '') this.log.info({ purpose }, 'redis connection is back');
      lastMessage = '';
    });
    if (purpose.startsWith('commands')) redis.on('close', () => this.tellCommandsLost());
    this.watches.set(redis, new SilenceWatch(redis, silenceLimitMs));
  }

  private hold(redis: Redis, owner: string): void {
    if (this.holdsReplies) holdReplies(redis, () => this.guard?.replicated(redis, owner));
  }

  private tellCommandsLost(): void {
    for (const listener of this.commandsLost) listener();
  }

  private unwatch(redis: Redis | Cluster): void {
    this.watches.get(redis)?.stop();
    this.watches.delete(redis);
  }

  /**
   * After a failover the old master may keep its connections, refuse writes and pass no message on:
   * all of them look for the new one behind the same address.
   */
  private leaveReplica({ message }: Error): boolean {
    const now = performance.now();
    if (!message.startsWith('READONLY')) return false;
    if (now - this.leftReplicaAt < LEAVE_REPLICA_INTERVAL_MS) return false;
    this.leftReplicaAt = now;
    this.log.warn({}, 'redis is read-only here: connecting anew to find the master');
    for (const client of this.opened) {
      if (client !== this.commands && client.status === 'ready') client.disconnect(true);
    }
    return true;
  }

  private async checkServers(): Promise<void> {
    const primaries = this.primaries();
    const [infos, memories] = await Promise.all([
      Promise.all(primaries.map((each) => each.info('server'))),
      Promise.all(primaries.map((each) => each.info('memory'))),
    ]);
    // INFO is let through before the connection takes other commands.
    const all = [...this.opened, ...primaries];
    if (primaries.length === 0 || all.some(({ status }) => status !== 'ready'))
      throw new Error('not connected yet');
    for (const info of infos) checkServer(info, this.servers.mode);
    this.warnOfDropping(memories.map((info) => droppingPolicy(info)).find(Boolean));
  }

  /** Once a start: what is dropped are sessions, trips and messages. */
  private warnOfDropping(policy: string | undefined): void {
    if (policy === this.saidPolicy) return;
    this.saidPolicy = policy;
    if (policy === undefined) return;
    this.log.warn(
      { policy },
      'redis drops keys when its memory is full, sessions and trips among them: set its maxmemory-policy to noeviction',
    );
  }
}
