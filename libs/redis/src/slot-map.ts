import { type Cluster, type Redis } from 'ioredis';
import { slotOf } from './key-slot.js';

/** Which server has which sharded channels. */
export interface SlotMap {
  /** Channels of one slot are at one server, and move together. */
  slotOf(channel: string): number;
  /** The address of the server that has a slot; undefined while nobody is known to. */
  ownerOf(slot: number): string | undefined;
  /** All addresses that have slots. */
  owners(): Set<string>;
  /** A connection for subscriptions alone. */
  connect(address: string): Redis;
  /** Asks the cluster anew; resolves also when it does not answer. */
  refresh(): Promise<void>;
  /** Called after the cluster was asked, also when nothing has changed. */
  onRefreshed(listener: () => void): void;
  /** Of the slots given those that the server says itself to have no more. */
  gone(redis: Redis, slots: readonly number[]): Promise<number[]>;
  /** Up to so many keys of different slots of one server, of those that a maker makes by number. */
  keysAt(owner: string, keyOf: (number: number) => string, most: number): string[];
  /** Slots that are of interest before a channel is. */
  readonly always: readonly number[];
}

export const ONLY_SERVER = 'the server';

/** One server, or the primary that sentinels name: it has everything. */
export class OneServer implements SlotMap {
  readonly always = [0];

  constructor(private readonly open: () => Redis) {}

  slotOf(): number {
    return 0;
  }

  ownerOf(): string {
    return ONLY_SERVER;
  }

  owners(): Set<string> {
    return new Set([ONLY_SERVER]);
  }

  connect(): Redis {
    return this.open();
  }

  refresh(): Promise<void> {
    return Promise.resolve();
  }

  onRefreshed(): void {
    // It never changes.
  }

  gone(): Promise<number[]> {
    return Promise.resolve([]);
  }

  keysAt(_owner: string, keyOf: (number: number) => string): string[] {
    return [keyOf(0)];
  }
}

/** Among so many keys there is one for each server, unless it has next to no slots. */
const KEYS_TRIED = 1_000;

/** A range of slots, as CLUSTER SLOTS answers. */
type SlotRange = [first: number, last: number, primary: [host: string, port: number, id: string]];

/** The map that the client of the cluster keeps. */
export class ClusterSlots implements SlotMap {
  readonly always = [];

  constructor(
    private readonly cluster: Cluster,
    private readonly open: (address: string) => Redis,
  ) {}

  slotOf(channel: string): number {
    return slotOf(channel);
  }

  ownerOf(slot: number): string | undefined {
    return this.cluster.slots[slot]?.[0];
  }

  owners(): Set<string> {
    const owners = new Set<string>();
    for (const [owner] of this.cluster.slots) if (owner !== undefined) owners.add(owner);
    return owners;
  }

  connect(address: string): Redis {
    return this.open(address);
  }

  refresh(): Promise<void> {
    return new Promise((resolve) => this.cluster.refreshSlotsCache(() => resolve()));
  }

  onRefreshed(listener: () => void): void {
    this.cluster.on('refresh', listener);
  }

  async gone(redis: Redis, slots: readonly number[]): Promise<number[]> {
    const [id, ranges] = await Promise.all([
      redis.cluster('MYID') as Promise<string>,
      redis.cluster('SLOTS') as Promise<unknown> as Promise<SlotRange[]>,
    ]);
    const own = ranges.filter(([, , primary]) => primary[2] === id);
    return slots.filter((slot) => !own.some(([first, last]) => slot >= first && slot <= last));
  }

  keysAt(owner: string, keyOf: (number: number) => string, most: number): string[] {
    const keys = new Map<number, string>();
    for (let number = 0; keys.size < most && number < KEYS_TRIED; number += 1) {
      const key = keyOf(number);
      const slot = slotOf(key);
      if (this.ownerOf(slot) === owner) keys.set(slot, key);
    }
    return [...keys.values()];
  }
}
