import { setTimeout as pause } from 'node:timers/promises';
import { type Tracing } from '#libs/observability';
import { type ShardMessageHandler } from '#libs/redis';
import { kindOf, type PersonHere, type Place, type PlaceSnapshot } from './place.js';

/** What has changed at a place. */
export interface PlaceChange {
  /** People who are there now. */
  count: number;
  arrived: ReadonlyMap<string, PersonHere>;
  /** As they were last known. */
  left: ReadonlyMap<string, PersonHere>;
  /** Whose devices changed. */
  changed: ReadonlyMap<string, PersonHere>;
}

export type PlaceListener = (change: PlaceChange, place: FollowedPlace) => void;

/** An announcement as the scripts make it. */
interface Announcement {
  revision: number;
  facts: [
    {
      /** The number of the announcement of this place before it; 0 when nobody was there. */
      after: number;
      count: number;
      /** Null for who has left. */
      people: Record<string, PersonHere | null>;
    },
  ];
  /** W3C: what changed it; absent where that is not traced. */
  traceparent?: string;
}

const RETRY_MS = 200;

/**
 * A place as this instance knows it: a snapshot, then every announcement once and in order. Where one
 * is missing a new snapshot is read, and the listeners are told what is different (FAN2).
 */
export class FollowedPlace {
  readonly listeners = new Set<PlaceListener>();
  readonly handler: ShardMessageHandler = (message) => {
    const announcement = JSON.parse(message.toString()) as Announcement;
    const { traceparent } = announcement;
    if (!this.tracing.follows(traceparent)) this.receive(announcement);
    else {
      const attributes = { 'ridewire.channel.kind': kindOf(this.place) };
      this.tracing.deliver(traceparent, attributes, () => this.receive(announcement));
    }
  };
  private readonly known = new Map<string, PersonHere>();
  private total = 0;
  private leftAt: number | null = null;
  private revision = 0;
  private waiting: Announcement[] | undefined = [];
  private reading: Promise<void> | undefined;
  private isOpen = false;
  private isStopped = false;

  /** @param namesPeople whether snapshots name people; else only their number is known */
  constructor(
    readonly place: Place,
    private readonly namesPeople: boolean,
    private readonly read: () => Promise<PlaceSnapshot>,
    private readonly tracing: Tracing,
  ) {}

  get count(): number {
    return this.total;
  }

  get people(): ReadonlyMap<string, PersonHere> {
    return this.known;
  }

  /** When the last person left, as far as the place remembers it, epoch milliseconds. */
  get lastLeftAt(): number | null {
    return this.leftAt;
  }

  /**
   * Resolves once the first snapshot is there; to be called when announcements come.
   * @throws RequestError REDIS_UNAVAILABLE
   */
  async opened(): Promise<void> {
    if (this.isOpen) return;
    this.reading ??= this.readOnce().finally(() => (this.reading = undefined));
    await this.reading;
  }

  /** Announcements may have been lost. */
  readAnew(): void {
    if (!this.isOpen) return;
    this.waiting = [];
    this.reading ??= this.readUntilDone().finally(() => (this.reading = undefined));
  }

  stop(): void {
    this.isStopped = true;
  }

  private receive(announcement: Announcement): void {
    if (this.waiting) {
      this.waiting.push(announcement);
    } else if (this.isNext(announcement)) {
      this.apply(announcement);
    } else if (announcement.revision > this.revision || announcement.facts[0].after === 0) {
      this.readAnew();
    }
  }

  /** Numbers only count up within a shard, so that a place that was empty meanwhile does not look the same. */
  private isNext({ revision, facts: [{ after }] }: Announcement): boolean {
    if (!this.namesPeople) return revision > this.revision;
    return revision > this.revision && after === (this.total === 0 ? 0 : this.revision);
  }

  private async readUntilDone(): Promise<void> {
    while (!this.isStopped) {
      const isRead = await this.readOnce().then(
        () => true,
        () => false,
      );
      if (isRead) return;
      await pause(RETRY_MS);
    }
  }

  private async readOnce(): Promise<void> {
    // A reading that was asked for meanwhile empties the queue: what was read before is not enough.
    for (let queue: Announcement[] | undefined; queue === undefined || queue !== this.waiting;) {
      queue = this.waiting = [];
      const snapshot = await this.read();
      if (this.isStopped) return;
      if (queue === this.waiting) this.join(snapshot, queue);
      if (this.waiting === undefined) return;
    }
  }

  private join(snapshot: PlaceSnapshot, queue: readonly Announcement[]): void {
    this.revision = snapshot.revision;
    this.leftAt = snapshot.lastLeftAt;
    const arrived = new Map<string, PersonHere>();
    const left = new Map<string, PersonHere>();
    const changed = new Map<string, PersonHere>();
    for (const [person, here] of snapshot.people) {
      const before = this.known.get(person);
      if (!before) arrived.set(person, here);
      else if (!isSame(before, here)) changed.set(person, here);
      this.known.set(person, here);
    }
    for (const [person, here] of this.known) {
      if (snapshot.people.has(person)) continue;
      left.set(person, here);
      this.known.delete(person);
    }
    const wasOpen = this.isOpen;
    const isOtherCount = this.total !== snapshot.count;
    this.total = snapshot.count;
    this.isOpen = true;
    this.waiting = undefined;
    if (wasOpen && (isOtherCount || arrived.size + left.size + changed.size > 0))
      this.tell({ count: this.total, arrived, left, changed });
    for (const announcement of queue) {
      if (announcement.revision > this.revision) this.receive(announcement);
    }
  }

  private apply({ revision, facts: [{ count, people }] }: Announcement): void {
    this.revision = revision;
    this.total = count;
    const arrived = new Map<string, PersonHere>();
    const left = new Map<string, PersonHere>();
    const changed = new Map<string, PersonHere>();
    for (const [person, here] of this.namesPeople ? Object.entries(people) : []) {
      const before = this.known.get(person);
      if (here) {
        this.known.set(person, here);
        (before ? changed : arrived).set(person, here);
      } else if (before) {
        this.known.delete(person);
        left.set(person, before);
        this.leftAt = before.leftAt ?? Date.now();
      }
    }
    this.tell({ count, arrived, left, changed });
  }

  private tell(change: PlaceChange): void {
    for (const listener of this.listeners) listener(change, this);
  }
}

/** As they are shown: the epochs of the holders do not matter. */
function isSame(one: PersonHere, other: PersonHere): boolean {
  const shown = ({ devices, leftAt }: PersonHere) =>
    JSON.stringify([
      leftAt ?? null,
      Object.entries(devices)
        .map(([device, { since, meta }]) => [device, since, Object.entries(meta).toSorted()])
        .toSorted(),
    ]);
  return shown(one) === shown(other);
}
