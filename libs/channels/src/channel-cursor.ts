import { type ChannelEntry } from './channel-entry.js';
import { type ChannelRange } from './channels.store.js';

export interface CursorOptions<Content> {
  readAfter: (version: number, limit: number) => Promise<ChannelRange<Content>>;
  /** Told every entry after the position, once and in order. */
  entry: (entry: ChannelEntry<Content>) => void;
  /** Entries that were missed are not kept any more: the next one has a version above this. */
  gone: (version: number) => void;
}

/** Entries of one read. */
const PAGE = 500;
/** Live entries that wait for a read; beyond it they are read as well. */
const MAX_WAITING = 10_000;

/**
 * A place in a channel that moves forward: every entry once and in order, whatever announcements are
 * lost, come twice or come while a gap is read. Reads throw; whoever called tries again.
 */
export class ChannelCursor<Content> {
  /** The newest entry that was passed on. */
  private position = 0;
  /** The last version that was announced; on one connection they only rise. */
  private heard = 0;
  private waiting: ChannelEntry<Content>[] | undefined = [];
  private reading: Promise<void> | undefined;
  private stopped = false;

  constructor(private readonly options: CursorOptions<Content>) {}

  /** Begins behind the newest entry; what is announced meanwhile is passed on after it. */
  async open(): Promise<void> {
    const { version } = await this.options.readAfter(0, 0);
    this.position = version;
    if (!this.drain()) await this.catchUp();
  }

  /** @returns false when entries are missing in between: they have to be read by `catchUp` */
  receive(entry: ChannelEntry<Content>): boolean {
    if (this.stopped) return true;
    if (this.waiting) {
      // The read that is under way, or the next one, brings what is left out here.
      if (this.waiting.length < MAX_WAITING) this.waiting.push(entry);
      return true;
    }
    // Versions that fall: Redis has lost its newest data and counts anew.
    const isReset = entry.version < this.heard;
    this.heard = entry.version;
    if (entry.version <= this.position && !isReset) return true;
    if (entry.version !== this.position + 1) return false;
    this.pass(entry);
    return true;
  }

  /** Reads what was missed and passes it on, then what was announced meanwhile. */
  catchUp(): Promise<void> {
    this.reading ??= this.readAll().finally(() => (this.reading = undefined));
    return this.reading;
  }

  stop(): void {
    this.stopped = true;
    this.waiting = undefined;
  }

  private async readAll(): Promise<void> {
    this.waiting ??= [];
    do {
      let isBehind = true;
      while (isBehind && !this.stopped) isBehind = await this.readPage();
    } while (!this.drain());
  }

  private async readPage(): Promise<boolean> {
    const { version, first, entries } = await this.options.readAfter(this.position, PAGE);
    if (this.stopped) return false;
    if (version < this.position) this.skipTo(version);
    else if (first > this.position + 1) this.skipTo(first - 1);
    for (const entry of entries) if (entry.version === this.position + 1) this.pass(entry);
    return version > this.position;
  }

  private skipTo(version: number): void {
    this.position = version;
    this.options.gone(version);
  }

  /** @returns whether all that waited could be passed on */
  private drain(): boolean {
    const waiting = this.waiting ?? [];
    this.waiting = undefined;
    this.heard = 0;
    for (const [i, entry] of waiting.entries()) {
      if (this.receive(entry)) continue;
      this.waiting = waiting.slice(i);
      return false;
    }
    return true;
  }

  private pass(entry: ChannelEntry<Content>): void {
    this.position = entry.version;
    this.options.entry(entry);
  }
}
