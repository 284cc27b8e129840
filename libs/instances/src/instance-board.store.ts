import { Injectable } from '@nestjs/common';
import { LuaScript, RedisCommands, RedisKeys } from '#libs/redis';
import {
  HISTORY_MS,
  SAMPLE_INTERVAL_MS,
  type InstanceFigures,
  type InstanceSample,
  type InstanceStatus,
  type ListedInstance,
} from './instance-figures.js';

const scripts = {
  report: LuaScript.load(import.meta.url, 'report_instance'),
  list: LuaScript.load(import.meta.url, 'list_instances'),
  order: LuaScript.load(import.meta.url, 'order_instance'),
  history: LuaScript.load(import.meta.url, 'read_samples'),
};

export const LEASE_MS = 10_000;
/** An order to an instance that does not take it is forgotten. */
const ORDER_TTL_MS = 60_000;
/** An instance that starts and ends again and again leaves no more than this. */
const GONE_KEPT = 20;

/** What instances say of themselves, in Redis. All of it shares one slot. */
@Injectable()
export class InstanceBoardStore {
  private readonly statusKey: string;
  private readonly ordersKey: string;

  constructor(
    private readonly keys: RedisKeys,
    private readonly commands: RedisCommands,
  ) {
    this.statusKey = keys.key('instances', 'status');
    this.ordersKey = keys.key('instances', 'orders');
  }

  /** @returns the order that waits for the instance; empty for none */
  async report(status: InstanceStatus, sample: InstanceFigures | undefined): Promise<string> {
    return (await this.commands.run(
      scripts.report,
      [this.statusKey, this.ordersKey, this.historyKey(status.id)],
      [
        status.id,
        JSON.stringify(status),
        LEASE_MS,
        sample ? JSON.stringify(sample) : '',
        HISTORY_MS / SAMPLE_INTERVAL_MS,
        HISTORY_MS,
      ],
    )) as string;
  }

  /** Those that live, and those that have gone within the last hour. */
  async list(): Promise<ListedInstance[]> {
    const flat = (await this.commands.run(
      scripts.list,
      [this.statusKey],
      [HISTORY_MS, GONE_KEPT, LEASE_MS],
    )) as string[];
    const listed: ListedInstance[] = [];
    for (let at = 0; at < flat.length; at += 2) {
      const leftMs = Number(flat[at]);
      // One of an older release says less.
      const status = { pressure: null, figures: null, ...(JSON.parse(flat[at + 1]!) as object) };
      listed.push({
        ...(status as InstanceStatus),
        isLive: leftMs > 0,
        silentMs: Math.max(0, LEASE_MS - leftMs),
      });
    }
    return listed;
  }

  /**
   * Samples of an instance that came after a moment, the oldest first.
   * @param since by the clock of Redis, as the newest sample that the caller has names it, epoch ms
   */
  async history(id: string, since: number): Promise<InstanceSample[]> {
    const texts = (await this.commands.run(
      scripts.history,
      [this.historyKey(id)],
      [since],
    )) as string[];
    return texts.map(sampleOf);
  }

  /** An instance has one order at a time: the newest, unless it is to end. */
  async order(id: string, order: string, last: string): Promise<void> {
    await this.commands.run(scripts.order, [this.ordersKey], [id, order, last, ORDER_TTL_MS]);
  }

  private historyKey(id: string): string {
    return this.keys.key('instances', 'history', id);
  }
}

function sampleOf(text: string): InstanceSample {
  const blank = text.indexOf(' ');
  const figures = JSON.parse(text.slice(blank + 1)) as InstanceFigures;
  return { at: Number(text.slice(0, blank)), ...figures };
}
