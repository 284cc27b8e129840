import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Log } from '#libs/observability';
import { BackgroundTask, LuaScript, RedisCommands, RedisKeys } from '#libs/redis';

/** What an instance says of itself, for operators. */
export interface InstanceStatus {
  id: string;
  host: string;
  port: number;
  version: string;
  /** ISO 8601. */
  startedAt: string;
  connections: number;
  draining: boolean;
}

const scripts = {
  report: LuaScript.load(import.meta.url, 'report_instance'),
  list: LuaScript.load(import.meta.url, 'list_instances'),
};

const REPORT_INTERVAL_MS = 2_000;
const LEASE_MS = 10_000;
/** An order to an instance that does not take it is forgotten. */
const ORDER_TTL_MS = 60_000;
const DRAIN = 'drain';

/** Where instances say how they are, and take orders of operators. */
@Injectable()
export class InstanceBoard implements OnApplicationShutdown {
  private readonly statusKey: string;
  private readonly ordersKey: string;
  private readonly task: BackgroundTask;
  private read: (() => InstanceStatus) | undefined;
  private readonly drainListeners = new Set<() => void>();

  constructor(
    keys: RedisKeys,
    private readonly commands: RedisCommands,
    log: Log,
  ) {
    this.statusKey = keys.key('instances', 'status');
    this.ordersKey = keys.key('instances', 'orders');
    this.task = new BackgroundTask(log, 'reporting this instance', async () => {
      await this.report();
      return true;
    });
  }

  /** From now on this instance is listed and takes orders. */
  async start(read: () => InstanceStatus): Promise<void> {
    this.read = read;
    this.task.start(REPORT_INTERVAL_MS);
    await this.report().catch(() => undefined);
  }

  /** An operator wants this instance to send its clients away and end. */
  onDrain(listener: () => void): void {
    this.drainListeners.add(listener);
  }

  /** Instances that have said something within the lease, the oldest first. */
  async list(): Promise<InstanceStatus[]> {
    const texts = (await this.commands.run(scripts.list, [this.statusKey], [])) as string[];
    return texts
      .map((text) => JSON.parse(text) as InstanceStatus)
      .toSorted((a, b) => a.startedAt.localeCompare(b.startedAt));
  }

  /** Orders an instance to drain; it does so within seconds. */
  async orderDrain(id: string): Promise<void> {
    await this.commands.do((redis) => redis.hset(this.ordersKey, id, DRAIN));
    await this.commands.do((redis) => redis.pexpire(this.ordersKey, ORDER_TTL_MS));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  private async report(): Promise<void> {
    const status = this.read?.();
    if (!status) return;
    const order = await this.commands.run(
      scripts.report,
      [this.statusKey, this.ordersKey],
      [status.id, JSON.stringify(status), LEASE_MS],
    );
    if (order === DRAIN) for (const listener of this.drainListeners) listener();
  }
}
