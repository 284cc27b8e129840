import { type Redis } from 'ioredis';
import { type SlotMap } from './slot-map.js';

/** Channels of one command. */
const CHANNELS_PER_COMMAND = 500;
/** Slots whose channels nobody has yet are asked for this often, the longer the rarer. */
const RETRY_MS = 50;
const RETRY_CAP_MS = 500;

export interface SubscriptionsOwner {
  wantedChannels(): Iterable<string>;
  isWanted(channel: string): boolean;
  /** What the connection to the server at this address has heard. */
  onMessage(redis: Redis, address: string, channel: Buffer, message: Buffer): void;
  /** A connection broke, or channels have moved to another server. */
  onLost(): void;
  /** These channels are heard again; what they said meanwhile is missing. */
  onRestored(affects: (channel: string) => boolean): void;
  /** Why channels cannot be asked for. */
  onFailure(reason: string): void;
}

/**
 * Keeps what is wanted subscribed at the server that has it, whichever that is by now. A slot is
 * adrift from the moment that its server is lost, or says to have it no more, until all its channels
 * are confirmed elsewhere. ioredis has subscriptions of a cluster of its own (shardedSubscribers):
 * they come back unconfirmed, and where the map that they follow is old for a moment, not at all.
 */
export class ShardSubscriptions {
  private readonly connections = new Map<string, Redis>();
  /** Where the channels of a slot are subscribed. */
  private readonly homes = new Map<number, Redis>();
  private readonly adrift: Set<number>;
  private isRepairing = false;
  private isStopped = false;
  private lastFailure = '';
  private wake: (() => void) | undefined;

  constructor(
    private readonly map: SlotMap,
    private readonly close: (redis: Redis) => void,
    private readonly owner: SubscriptionsOwner,
  ) {
    this.adrift = new Set(map.always);
    map.onRefreshed(() => this.followMap());
    for (const address of map.owners()) this.connectionTo(address);
  }

  /** Whether every channel that is wanted is heard. */
  get isWhole(): boolean {
    if (this.adrift.size > 0 || this.isRepairing || this.connections.size === 0) return false;
    return [...this.connections.values()].every(({ status }) => status === 'ready');
  }

  stop(): void {
    this.isStopped = true;
    this.wake?.();
  }

  /** What came and went counts as it is now. False when some could not be asked for: they will be. */
  async bringUpToDate(channels: readonly string[]): Promise<boolean> {
    const results = await Promise.all(
      [...this.inSlots(channels)].map(([slot, some]) => this.changeIn(slot, some)),
    );
    return !results.includes(false);
  }

  private async changeIn(slot: number, channels: readonly string[]): Promise<boolean> {
    // Whoever repairs the slot asks for everything that is wanted in it.
    if (this.adrift.has(slot)) return false;
    const home = this.homes.get(slot) ?? this.ownerOf(slot);
    if (home?.status !== 'ready') {
      this.lose([slot]);
      return false;
    }
    this.homes.set(slot, home);
    try {
      await Promise.all([
        ...inParts(channels.filter((each) => !this.owner.isWanted(each))).map((part) =>
          home.sunsubscribe(...part),
        ),
        ...inParts(channels.filter((each) => this.owner.isWanted(each))).map((part) =>
          home.ssubscribe(...part),
        ),
      ]);
      return true;
    } catch (error) {
      this.noteFailure(error);
      this.lose([slot]);
      return false;
    }
  }

  private ownerOf(slot: number): Redis | undefined {
    const address = this.map.ownerOf(slot);
    return address === undefined ? undefined : this.connectionTo(address);
  }

  private connectionTo(address: string): Redis {
    const known = this.connections.get(address);
    if (known) return known;
    const redis = this.map.connect(address);
    this.connections.set(address, redis);
    redis.on('smessageBuffer', (channel: Buffer, message: Buffer) =>
      this.owner.onMessage(redis, address, channel, message),
    );
    redis.on('ready', () => this.repair());
    redis.on('close', () => this.lose(this.slotsAt(redis)));
    // It unsubscribes channels by itself when their slot leaves it, or refuses one that it has not.
    redis.on('moved', () => void this.audit(redis));
    return redis;
  }

  private slotsAt(redis: Redis): number[] {
    return [...this.homes].filter(([, home]) => home === redis).map(([slot]) => slot);
  }

  private async audit(redis: Redis): Promise<void> {
    try {
      const gone = await this.map.gone(redis, this.slotsAt(redis));
      if (gone.length === 0) return;
      await this.map.refresh();
      this.lose(gone);
    } catch {
      // The connection has broken: then all of its slots are adrift.
    }
  }

  /** Whatever a server was lost by: where the map has another for a slot, its channels go there. */
  private followMap(): void {
    if (this.isStopped) return;
    const owners = this.map.owners();
    for (const address of owners) this.connectionTo(address);
    const moved = [...this.homes]
      .filter(([slot, home]) => this.ownerOf(slot) !== home && !this.adrift.has(slot))
      .map(([slot]) => slot);
    if (moved.length > 0) this.lose(moved);
    if (this.adrift.size > 0) return;
    for (const [address, redis] of this.connections) {
      if (owners.has(address) || this.slotsAt(redis).length > 0) continue;
      this.connections.delete(address);
      this.close(redis);
    }
  }

  private lose(slots: readonly number[]): void {
    if (this.isStopped) return;
    for (const slot of slots) this.adrift.add(slot);
    // A server that had no channels takes nothing along, and nothing would be restored.
    if (slots.length > 0) this.owner.onLost();
    this.repair();
  }

  private repair(): void {
    this.wake?.();
    if (this.isRepairing || this.isStopped) return;
    this.isRepairing = true;
    void this.repairAll().finally(() => {
      this.isRepairing = false;
      // Something may have been lost in the moment in which the repair ended.
      if (this.adrift.size > 0) this.repair();
    });
  }

  private async repairAll(): Promise<void> {
    let delayMs = RETRY_MS;
    while (this.adrift.size > 0 && !this.isStopped) {
      const restored = await this.settleReachable();
      if (restored.size > 0) {
        this.lastFailure = '';
        delayMs = RETRY_MS;
        this.owner.onRestored((channel) => restored.has(this.map.slotOf(channel)));
      }
      if (this.adrift.size === 0) return;
      await this.pause(delayMs);
      delayMs = Math.min(RETRY_CAP_MS, 2 * delayMs);
      await this.map.refresh();
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, ms).unref();
    });
  }

  private async settleReachable(): Promise<Set<number>> {
    const slots = [...this.adrift].filter((slot) => this.ownerOf(slot)?.status === 'ready');
    if (slots.length === 0) return new Set();
    const channels = this.inSlots(this.owner.wantedChannels());
    const settled = await Promise.all(
      slots.map((slot) => this.settle(slot, channels.get(slot) ?? [])),
    );
    return new Set(slots.filter((_, i) => settled[i]));
  }

  /** Whether all channels of the slot are confirmed by the server that has it. */
  private async settle(slot: number, channels: readonly string[]): Promise<boolean> {
    const next = this.ownerOf(slot);
    if (next?.status !== 'ready') return false;
    const before = this.homes.get(slot);
    // Ahead of the wait: what is lost or asked for meanwhile must not be overlooked.
    this.adrift.delete(slot);
    this.homes.set(slot, next);
    try {
      await Promise.all(inParts(channels).map((part) => next.ssubscribe(...part)));
    } catch (error) {
      this.noteFailure(error);
      this.adrift.add(slot);
      if (before) this.homes.set(slot, before);
      return false;
    }
    if (before && before !== next && before.status === 'ready') {
      for (const part of inParts(channels)) before.sunsubscribe(...part).catch(() => undefined);
    }
    return !this.adrift.has(slot);
  }

  private inSlots(channels: Iterable<string>): Map<number, string[]> {
    const slots = new Map<number, string[]>();
    for (const channel of channels) {
      const slot = this.map.slotOf(channel);
      const others = slots.get(slot);
      if (others) others.push(channel);
      else slots.set(slot, [channel]);
    }
    return slots;
  }

  private noteFailure(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason === this.lastFailure) return;
    this.lastFailure = reason;
    this.owner.onFailure(reason);
  }
}

function inParts(channels: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let i = 0; i < channels.length; i += CHANNELS_PER_COMMAND)
    parts.push(channels.slice(i, i + CHANNELS_PER_COMMAND));
  return parts;
}
