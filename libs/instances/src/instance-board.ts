import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { RequestError } from '#libs/contracts';
import { Log, LOG_LEVELS, LogLevels, type LogLevel } from '#libs/observability';
import { BackgroundTask } from '#libs/redis';
import { InstanceBoardStore } from './instance-board.store.js';
import {
  SAMPLE_INTERVAL_MS,
  type InstanceFigures,
  type InstanceSample,
  type InstanceStatus,
  type ListedInstance,
} from './instance-figures.js';

/** Each costs Redis one script call. */
const REPORT_INTERVAL_MS = 2_000;
const DRAIN = 'drain';
const NO_INSTANCE = 'There is no such instance, or it has gone. Look who is there now.';
const LOG_LEVEL = /^log-level (\w+) (\d{1,9})$/;

/** What is asked of an instance about itself. */
export interface InstanceSource {
  status(): InstanceStatus;
  /** What was measured since it was asked the last time. */
  sample(): InstanceFigures;
}

/** Where instances say how they are, and take orders of operators. */
@Injectable()
export class InstanceBoard implements OnApplicationShutdown {
  private readonly task: BackgroundTask;
  private source: InstanceSource | undefined;
  private sampledAt = 0;
  private readonly drainListeners = new Set<() => void>();

  constructor(
    private readonly store: InstanceBoardStore,
    private readonly levels: LogLevels,
    log: Log,
  ) {
    this.task = new BackgroundTask(log, 'reporting this instance', async () => {
      await this.report();
      return true;
    });
  }

  /** From now on this instance is listed and takes orders. */
  async start(source: InstanceSource): Promise<void> {
    this.source = source;
    this.sampledAt = performance.now();
    this.task.start(REPORT_INTERVAL_MS);
    await this.report().catch(() => undefined);
  }

  /** An operator wants this instance to send its clients away and end. */
  onDrain(listener: () => void): void {
    this.drainListeners.add(listener);
  }

  /** Instances that have said something within the lease, the oldest first. */
  async list(): Promise<InstanceStatus[]> {
    const listed = await this.listAll();
    return listed.flatMap(({ isLive, silentMs: _, ...status }) => (isLive ? [status] : []));
  }

  /** Those that live, the oldest first, then those that went within the last hour. */
  async listAll(): Promise<ListedInstance[]> {
    return (await this.store.list()).toSorted(
      (a, b) => Number(b.isLive) - Number(a.isLive) || a.startedAt.localeCompare(b.startedAt),
    );
  }

  /** What they measured in the last hour. @param since only samples that are younger, epoch ms */
  async histories(since: number): Promise<{ id: string; samples: InstanceSample[] }[]> {
    const listed = await this.listAll();
    return Promise.all(
      listed.map(async ({ id }) => ({ id, samples: await this.store.history(id, since) })),
    );
  }

  /**
   * Orders an instance to drain; it does so within seconds.
   * @throws RequestError NOT_FOUND for one that is not there
   */
  async orderDrain(id: string): Promise<InstanceStatus> {
    const instance = (await this.list()).find((each) => each.id === id);
    if (!instance) throw new RequestError('NOT_FOUND', { message: NO_INSTANCE });
    await this.store.order(id, DRAIN, DRAIN);
    return instance;
  }

  /**
   * Lets one instance, or all of them, log more or less for a while, within seconds.
   * @throws RequestError NOT_FOUND for one that is not there
   */
  async orderLogLevel(level: LogLevel, forMs: number, id?: string): Promise<InstanceStatus[]> {
    const instances = (await this.list()).filter((each) => id === undefined || each.id === id);
    if (instances.length === 0) throw new RequestError('NOT_FOUND', { message: NO_INSTANCE });
    for (const each of instances)
      await this.store.order(each.id, `log-level ${level} ${forMs}`, DRAIN);
    return instances;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  private async report(): Promise<void> {
    const { source } = this;
    if (!source) return;
    const now = performance.now();
    const isDue = now - this.sampledAt >= SAMPLE_INTERVAL_MS;
    if (isDue) this.sampledAt = now;
    const order = await this.store.report(source.status(), isDue ? source.sample() : undefined);
    if (order === DRAIN) for (const listener of this.drainListeners) listener();
    const [, name, forMs] = LOG_LEVEL.exec(order) ?? [];
    const level = LOG_LEVELS.find((each) => each === name);
    if (level) this.levels.change(level, Number(forMs));
  }
}
