import { Inject, Injectable } from '@nestjs/common';
import { presenceConfig, type ConfigType } from '#libs/config';
import { Tracing } from '#libs/observability';
import { KeyScan, LuaScript, RedisCommands, RedisKeys } from '#libs/redis';
import {
  kindOf,
  PlaceKind,
  shardOf,
  type DeviceMeta,
  type PersonHere,
  type Place,
  type PlaceSnapshot,
} from './place.js';

const scripts = {
  changeHolds: LuaScript.load(import.meta.url, 'change_holds', 'places'),
  tendShard: LuaScript.load(import.meta.url, 'tend_shard'),
  reapHolds: LuaScript.load(import.meta.url, 'reap_holds', 'places'),
  readPlace: LuaScript.load(import.meta.url, 'read_place'),
};

/** Holds or people that one call deals with: it keeps the Redis thread for a millisecond or two. */
export const BATCH = 200;

const NOWHERE: ReadonlySet<Place> = new Set();

/** A device that is at a place, or is no more. */
export interface HoldChange {
  place: Place;
  person: string;
  device: string;
  /** Absent to release it. */
  held?: { since: number; meta: DeviceMeta };
  /** Of a release: whether the person is gone without a grace if this was its last device. */
  isFinal?: boolean;
  /** W3C: what it is done for; absent where that is not traced. */
  traceparent?: string;
}

/** What there is to do in a shard. */
export interface ShardState {
  /** Whether the lease is live, and renewed. */
  isLive: boolean;
  /** How much the epoch holds in Redis. */
  holds: number;
  /** How many calls of the epoch Redis has done: fewer than it has answered where a failover lost some. */
  calls: number;
  /** Epochs whose lease is over. */
  lapsed: string[];
  /** People whose grace is over. */
  leaving: DuePerson[];
}

export interface DuePerson {
  place: Place;
  person: string;
}

interface ReapedHold extends DuePerson {
  device: string;
}

/** The only code that knows the keys of presence. Every call is about one shard. */
@Injectable()
export class PresenceStore {
  constructor(
    @Inject(presenceConfig.KEY) private readonly settings: ConfigType<typeof presenceConfig>,
    private readonly redis: RedisCommands,
    private readonly keys: RedisKeys,
    private readonly scan: KeyScan,
    private readonly tracing: Tracing,
  ) {}

  /**
   * Holds and releases in the order given, all or nothing. It shows in the trace of the first change
   * that has one.
   * @param calls how many of the epoch Redis has answered; its lease begins with the first
   * @returns how many people are at the place of each change now; LAPSED when the lease is over, or Redis
   *   has lost some of these calls
   */
  change(
    shard: number,
    epoch: string,
    calls: number,
    changes: readonly HoldChange[],
  ): Promise<number[] | 'LAPSED'> {
    const parent = this.tracing.isOn
      ? changes.find(({ traceparent }) => traceparent !== undefined)?.traceparent
      : undefined;
    if (parent === undefined) return this.write(shard, epoch, calls, changes, NOWHERE);
    const traced = changes.filter(({ traceparent }) => traceparent === parent);
    const places = new Set(traced.map(({ place }) => place));
    const attributes = { 'ridewire.changes': changes.length };
    return this.tracing.span('store presence', { attributes, parent }, () =>
      this.write(shard, epoch, calls, changes, places),
    );
  }

  /** @param traced places whose announcements name the trace of this moment */
  private async write(
    shard: number,
    epoch: string,
    calls: number,
    changes: readonly HoldChange[],
    traced: ReadonlySet<Place>,
  ): Promise<number[] | 'LAPSED'> {
    const traceparent = this.tracing.traceparent ?? '';
    const places = this.numberPlaces(changes);
    const reply = (await this.redis.run(
      scripts.changeHolds,
      [
        ...this.shardKeys(shard, epoch),
        this.key(shard, 'calls', epoch),
        ...this.placeKeys(shard, places.keys()),
      ],
      [
        epoch,
        this.settings.leaseMs,
        calls,
        places.size,
        ...this.placeArguments(places, (place) => [traced.has(place) ? traceparent : '']),
        ...changes.flatMap(({ place, person, device, held, isFinal }) => [
          places.get(place)!,
          person,
          device,
          ...(held ? [held.since, JSON.stringify(held.meta)] : ['', isFinal ? '1' : '']),
        ]),
      ],
    )) as number[] | 'LAPSED';
    return reply === 'LAPSED' ? reply : changes.map(({ place }) => reply[places.get(place)! - 1]!);
  }

  /** Renews the lease of an epoch, if it is live. */
  async tend(shard: number, epoch: string): Promise<ShardState> {
    const [leases, holds, leaving] = this.shardKeys(shard, epoch);
    const reply = (await this.redis.run(
      scripts.tendShard,
      [leases!, holds!, leaving!, this.key(shard, 'calls', epoch)],
      [epoch, this.settings.leaseMs, BATCH, this.settings.graceMs],
    )) as [number, number, number, string[], string[]];
    return {
      isLive: reply[0] === 1,
      holds: reply[1],
      calls: reply[2],
      lapsed: reply[3],
      leaving: reply[4].map((member) => {
        const [place, person] = member.split('\n') as [Place, string];
        return { place, person };
      }),
    };
  }

  /** Ends a lease: whoever comes first releases what is left of it. */
  async endLease(shard: number, epoch: string): Promise<void> {
    await this.redis.do((redis) => redis.zadd(this.key(shard, 'leases'), 'XX', 0, epoch));
  }

  /**
   * Releases some of what an epoch holds whose lease is over; of an epoch that holds nothing, the lease.
   * @returns how much is left
   */
  async reap(shard: number, epoch: string): Promise<number> {
    const members = await this.redis.do((redis) =>
      redis.srandmember(this.key(shard, 'holds', epoch), BATCH),
    );
    const holds = members.map((member) => {
      const [place, person, device] = member.split('\n') as [Place, string, string];
      return { place, person, device };
    });
    return this.reapHolds(shard, epoch, holds);
  }

  /** Takes out people whose grace is over. */
  async leave(shard: number, people: readonly DuePerson[]): Promise<void> {
    await this.reapHolds(
      shard,
      '',
      people.map((person) => ({ ...person, device: '' })),
    );
  }

  /** @param limit most people to name */
  async read(place: Place, limit: number): Promise<PlaceSnapshot> {
    const shard = shardOf(place);
    const [placeKey, , left] = this.placeKeys(shard, [place]);
    const [revision, count, lastLeftAt, ...named] = (await this.redis.run(
      scripts.readPlace,
      [placeKey!, left!, this.key(shard, 'revision')],
      [limit],
    )) as string[];
    const people = new Map<string, PersonHere>();
    for (let i = 0; i < named.length; i += 2)
      people.set(named[i]!, JSON.parse(named[i + 1]!) as PersonHere);
    return {
      revision: Number(revision),
      count: Number(count),
      people,
      lastLeftAt: lastLeftAt === '' ? null : Number(lastLeftAt),
    };
  }

  /** The ranked places of a shard with the most people, and how many. */
  async busiest(shard: number, limit: number): Promise<{ place: Place; count: number }[]> {
    const reply = await this.redis.do((redis) =>
      redis.zrevrange(this.key(shard, 'ranking'), 0, limit - 1, 'WITHSCORES'),
    );
    const busiest: { place: Place; count: number }[] = [];
    for (let i = 0; i < reply.length; i += 2)
      busiest.push({ place: reply[i] as Place, count: Number(reply[i + 1]) });
    return busiest;
  }

  /** Looks at every place: for commands, not for requests. */
  async isAnywhere(person: string): Promise<boolean> {
    for await (const places of this.scan.pages('{here:*}:place:*')) {
      const found = await this.redis.do((redis) =>
        Promise.all(places.map((place) => redis.hexists(place, person))),
      );
      if (found.includes(1)) return true;
    }
    return false;
  }

  /** Forgets when the last person left a place. */
  async forget(place: Place): Promise<number> {
    return this.redis.do((redis) => redis.del(this.key(shardOf(place), 'left', place)));
  }

  /** Sharded channel: what changes at a place. */
  channelOf(place: Place): string {
    return this.key(shardOf(place), 'news', place);
  }

  private async reapHolds(
    shard: number,
    epoch: string,
    holds: readonly ReapedHold[],
  ): Promise<number> {
    const places = this.numberPlaces(holds);
    return (await this.redis.run(
      scripts.reapHolds,
      [...this.shardKeys(shard, epoch), ...this.placeKeys(shard, places.keys())],
      [
        epoch,
        places.size,
        ...this.placeArguments(places),
        ...holds.flatMap(({ place, person, device }) => [places.get(place)!, person, device]),
      ],
    )) as number;
  }

  /** From 1, in the order in which they are first named. */
  private numberPlaces(changes: readonly { place: Place }[]): Map<Place, number> {
    const places = new Map<Place, number>();
    for (const { place } of changes) if (!places.has(place)) places.set(place, places.size + 1);
    return places;
  }

  private shardKeys(shard: number, epoch: string): string[] {
    return [
      this.key(shard, 'leases'),
      this.key(shard, 'holds', epoch),
      this.key(shard, 'leaving'),
      this.key(shard, 'revision'),
      this.key(shard, 'ranking'),
    ];
  }

  private placeKeys(shard: number, places: Iterable<Place>): string[] {
    return [...places].flatMap((place) =>
      ['place', 'news', 'left'].map((part) => this.key(shard, part, place)),
    );
  }

  private placeArguments(
    places: ReadonlyMap<Place, number>,
    more: (place: Place) => string[] = () => [],
  ): (string | number)[] {
    const { graceMs, lastSeenKeptMs } = this.settings;
    return [...places.keys()].flatMap((place) => {
      const kind = kindOf(place);
      return [
        place,
        graceMs,
        kind === PlaceKind.person ? lastSeenKeptMs : 0,
        kind === PlaceKind.page ? '1' : '',
        ...more(place),
      ];
    });
  }

  private key(shard: number, ...parts: string[]): string {
    return this.keys.key(`here:${shard}`, ...parts);
  }
}
