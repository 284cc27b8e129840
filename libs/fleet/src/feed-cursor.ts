interface Numbered {
  revision: number;
}

export interface FeedCursorOptions<Changes extends Numbered, Snapshot extends Numbered> {
  readSnapshot: () => Promise<Snapshot>;
  /** Replaces everything known of this feed. */
  applySnapshot: (snapshot: Snapshot) => void;
  applyChanges: (changes: Changes) => void;
  /** Called when a message was lost, or once when a snapshot could not be read, with the reason. */
  onTrouble: (trouble: 'gap' | 'unreadable', error?: unknown) => void;
}

const RETRY_MS = 200;

/**
 * Joins a snapshot and the numbered changes of a feed without a gap (FAN2): changes that arrive
 * while the snapshot is read wait for it, older ones are dropped, and a missing number starts over.
 */
export class FeedCursor<Changes extends Numbered, Snapshot extends Numbered> {
  private revision = -1;
  /** The last number that came since the snapshot; on one connection they only rise. */
  private heard = -1;
  private waiting: Changes[] | undefined;
  private syncing: Promise<void> | undefined;
  private stopped = false;

  constructor(private readonly options: FeedCursorOptions<Changes, Snapshot>) {}

  /** Whether everything that came is applied, and nothing that was missed is being read. */
  get isInSync(): boolean {
    return this.waiting === undefined && !this.stopped;
  }

  receive(changes: Changes): void {
    if (this.waiting) {
      this.waiting.push(changes);
      return;
    }
    // A number that falls: Redis lost its data and counts anew.
    const isReset = changes.revision < this.heard;
    this.heard = changes.revision;
    if (changes.revision === this.revision + 1) {
      this.revision = changes.revision;
      this.options.applyChanges(changes);
    } else if (changes.revision > this.revision || isReset) {
      this.options.onTrouble('gap');
      void this.sync();
    }
  }

  /** Reads a new snapshot; resolves once it and what came meanwhile are applied. */
  sync(): Promise<void> {
    this.waiting = [];
    this.syncing ??= this.readUntilDone().finally(() => (this.syncing = undefined));
    return this.syncing;
  }

  stop(): void {
    this.stopped = true;
    this.waiting = undefined;
  }

  private async readUntilDone(): Promise<void> {
    let isUnreadable = false;
    while (!this.stopped) {
      try {
        // The snapshot has all that came before it is asked for: an outage gathers nothing. A sync
        // that was asked for meanwhile empties the queue, too: what was read before is not enough.
        const queue: Changes[] = (this.waiting = []);
        const snapshot = await this.options.readSnapshot();
        if (this.stopped) return;
        if (this.waiting !== queue) continue;
        this.join(snapshot);
        return;
      } catch (error) {
        if (!isUnreadable) this.options.onTrouble('unreadable', error);
        isUnreadable = true;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  private join(snapshot: Snapshot): void {
    const queue = this.waiting ?? [];
    this.waiting = undefined;
    this.revision = snapshot.revision;
    this.heard = queue.at(-1)?.revision ?? -1;
    this.options.applySnapshot(snapshot);
    for (const changes of queue) {
      if (changes.revision <= this.revision) continue;
      if (changes.revision > this.revision + 1) {
        // Redis was restarted between the two, or a message was lost: only a newer snapshot is true.
        setImmediate(() => void this.sync());
        return;
      }
      this.revision = changes.revision;
      this.options.applyChanges(changes);
    }
  }
}
