import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type FrameKind } from '#libs/contracts';
import { Log, Metrics, outsideOfWork, Tracing, type FirstTrace } from '#libs/observability';
import { BackgroundFailures, DeliveryGate, type StreamStanding } from '#libs/redis';
import { unreadBytes } from '../engine/insides.js';
import { type RealtimeSocket } from '../realtime-socket.js';
import { sendSessionFact } from './send-fact.js';

/** One socket that is shown something. */
export interface Viewer {
  readonly socket: RealtimeSocket;
  /** It has too much unread: it gets no frames, and starts over once it has read. The loop's to write. */
  isBehind: boolean;
}

/** Sends one viewer its frame, if there is anything new to it. */
export type Show<V extends Viewer> = (viewer: V) => void;

/** What viewers are shown, and how. */
export interface FrameSource<V extends Viewer> {
  /** What the log calls it. */
  name: string;
  tickMs: number;
  /** Positions, which the viewer is told that it missed: `frames:missed`. Absent for what is only passing. */
  kind?: FrameKind;
  /** A viewer with more unread than this gets no more frames (SLOW1) ... */
  behindBytes: number;
  /** ... until it has read down to this. */
  caughtUpBytes: number;
  /** How long the ticks go on when the last viewer has left; 0 when absent. */
  lingerMs?: number;
  /**
   * Reads what is new for all of them together, once a tick.
   * @returns how each is shown it; undefined when there is nothing for anybody
   */
  look(due: readonly V[], now: number): Show<V> | undefined | Promise<Show<V> | undefined>;
  /** The viewer was behind and has read: its next frame says all. */
  startOver(viewer: V): void;
  /** What this look found was not shown to the viewer, and no other look will find it. */
  miss?(viewer: V): void;
  /** Frames are held back from now on. */
  fallBehind?(viewer: V, unread: number): void;
  /** False for a viewer that is sent something else at its own pace: it is neither shown nor judged. */
  isDue?(viewer: V): boolean;
  /** Where a look shows what is traced, it has a span there: one for all viewers. */
  cause?: FirstTrace;
  /** What is shown may be shown although Redis is away: it only grows old. */
  outlivesRedis?: boolean;
  /** Nobody has looked for `lingerMs`. */
  end?(): void;
}

/** Frames give way to requests after this much work at a time. */
const SLICE_MS = 4;
/** Those who have just come do not wait for the tick; all who come within this are looked at together. */
const FIRST_LOOK_MS = 50;

/**
 * Shows what changes fast: each tick it looks once for all viewers, and tells each of them the
 * newest of what changed, in slices. There is no timer while nobody looks, and no queue: who reads
 * too slowly misses frames and then starts over.
 */
export class FrameLoop<V extends Viewer> {
  private readonly viewers = new Set<V>();
  private readonly newcomers = new Set<V>();
  /** Since when viewers are behind, ms of a clock that never steps, and for how many ticks. */
  private readonly behind = new Map<V, { since: number; ticks: number }>();
  private readonly failures: BackgroundFailures;
  private ticker: NodeJS.Timeout | undefined;
  private firstLook: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();
  private leftAt = 0;
  private isStopped = false;
  /** Looks that were shown to viewers, and those that were not: they read too slowly, or Redis was away. */
  shown = 0;
  skipped = 0;

  constructor(
    private readonly source: FrameSource<V>,
    private readonly gate: DeliveryGate,
    log: Log,
    private readonly tracing: Tracing,
  ) {
    this.failures = new BackgroundFailures(log, source.name);
  }

  add(viewer: V): void {
    this.viewers.add(viewer);
    if (!this.isStopped) this.ticker ??= this.tickIn(this.source.tickMs);
  }

  /** Looks for a viewer before the next tick does. */
  hurry(viewer: V): void {
    if (!this.viewers.has(viewer) || this.isStopped) return;
    this.newcomers.add(viewer);
    this.firstLook ??= outsideOfWork(() =>
      setTimeout(() => {
        this.firstLook = undefined;
        void this.sweep(this.newcomers);
        this.newcomers.clear();
      }, FIRST_LOOK_MS),
    );
  }

  delete(viewer: V): void {
    this.newcomers.delete(viewer);
    this.behind.delete(viewer);
    if (this.viewers.delete(viewer) && this.viewers.size === 0) this.leftAt = performance.now();
  }

  /** Resolves when the frames that are being sent have been. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.viewers.clear();
    this.newcomers.clear();
    clearTimeout(this.ticker);
    clearTimeout(this.firstLook);
    await this.sweeping;
    this.source.end?.();
  }

  /** Ticks are for all viewers, and go on long after the request of the one that they began with. */
  private tickIn(pauseMs: number): NodeJS.Timeout {
    return outsideOfWork(() => setTimeout(() => void this.tick(), pauseMs));
  }

  /** The next one comes a tick later, or when as much time has passed as this one took. */
  private async tick(): Promise<void> {
    const { tickMs, lingerMs = 0 } = this.source;
    const startedAt = performance.now();
    this.newcomers.clear();
    await this.sweep(this.viewers);
    if (this.isStopped) return;
    const endedAt = performance.now();
    if (this.viewers.size === 0 && endedAt - this.leftAt >= lingerMs) {
      this.ticker = undefined;
      this.source.end?.();
      return;
    }
    const tookMs = endedAt - startedAt;
    this.ticker = this.tickIn(Math.max(tickMs - tookMs, tookMs));
  }

  /** One at a time: nobody is shown an older look after a newer one. */
  private sweep(viewers: Iterable<V>): Promise<void> {
    const asked = [...viewers];
    this.sweeping = this.sweeping
      .then(() => this.show(asked))
      .then(
        () => this.failures.clear(),
        (error: unknown) => this.failures.note(error),
      );
    return this.sweeping;
  }

  private async show(viewers: readonly V[]): Promise<void> {
    // An instance that was frozen does not know yet whose session was revoked meanwhile.
    const { standing } = this.gate;
    if (standing === 'behind') return;
    const parent = this.source.cause?.take();
    if (!this.tracing.follows(parent)) return this.showDue(viewers, standing);
    const { shown, skipped } = this;
    const attributes = { 'ridewire.frames.of': this.source.name };
    await this.tracing.span('show frames', { attributes, parent }, async (span) => {
      await this.showDue(viewers, standing);
      span?.setAttributes({
        'ridewire.frames.shown': this.shown - shown,
        'ridewire.frames.skipped': this.skipped - skipped,
      });
    });
  }

  private async showDue(viewers: readonly V[], standing: StreamStanding): Promise<void> {
    const due = viewers.filter((viewer) => this.isWatching(viewer) && this.keepsUp(viewer));
    const show = await this.source.look(due, Date.now());
    if (!show) return;
    let sliceEndsAt = performance.now() + SLICE_MS;
    let mayShow = this.mayShow(standing);
    for (const viewer of due) {
      if (performance.now() > sliceEndsAt) {
        await nextTurn();
        await this.gate.settled();
        mayShow = this.mayShow(standing);
        sliceEndsAt = performance.now() + SLICE_MS;
      }
      if (!this.isWatching(viewer)) continue;
      if (mayShow) {
        this.shown += 1;
        show(viewer);
      } else {
        this.skipped += 1;
        this.source.miss?.(viewer);
      }
    }
  }

  /** @param lookedWhen what was found while Redis was there is not shown once it is away */
  private mayShow(lookedWhen: StreamStanding): boolean {
    const { standing } = this.gate;
    if (standing === 'cutOff') return lookedWhen === standing && this.source.outlivesRedis === true;
    return standing === 'current';
  }

  private isWatching(viewer: V): boolean {
    return this.viewers.has(viewer) && !viewer.socket.data.connection.closed;
  }

  private keepsUp(viewer: V): boolean {
    const { source } = this;
    if (source.isDue?.(viewer) === false) return false;
    const unread = unreadBytes(viewer.socket);
    if (viewer.isBehind) {
      if (unread >= source.caughtUpBytes) {
        this.skip(viewer);
        return false;
      }
      viewer.isBehind = false;
      this.tellMissed(viewer);
      source.startOver(viewer);
    } else if (unread > source.behindBytes) {
      viewer.isBehind = true;
      this.skip(viewer);
      source.fallBehind?.(viewer, unread);
      return false;
    }
    return true;
  }

  private skip(viewer: V): void {
    this.skipped += 1;
    const behind = this.behind.get(viewer);
    if (behind) behind.ticks += 1;
    else this.behind.set(viewer, { since: performance.now(), ticks: 1 });
  }

  private tellMissed(viewer: V): void {
    const { kind } = this.source;
    const behind = this.behind.get(viewer);
    this.behind.delete(viewer);
    if (!kind || !behind) return;
    const forMs = Math.round(performance.now() - behind.since);
    sendSessionFact(viewer.socket, 'frames:missed', { of: kind, ticks: behind.ticks, forMs });
  }
}

/** Opens loops, and ends them with the instance. */
@Injectable()
export class FrameLoops implements OnApplicationShutdown {
  private readonly loops: {
    name: string;
    loop: { stop(): Promise<void>; shown: number; skipped: number };
  }[] = [];

  constructor(
    private readonly gate: DeliveryGate,
    private readonly log: Log,
    private readonly tracing: Tracing,
    metrics: Metrics,
  ) {
    metrics.counted({
      name: 'ridewire_frames_total',
      help: 'Looks at what changes fast, by what is shown: shown to a viewer, or skipped for one who reads too slowly.',
      labels: ['loop', 'outcome'],
      read: () =>
        this.loops.flatMap(({ name, loop }) => [
          [[name, 'shown'], loop.shown],
          [[name, 'skipped'], loop.skipped],
        ]),
    });
  }

  open<V extends Viewer>(source: FrameSource<V>): FrameLoop<V> {
    const loop = new FrameLoop(source, this.gate, this.log, this.tracing);
    this.loops.push({ name: source.name, loop });
    return loop;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.loops.map(({ loop }) => loop.stop()));
  }
}
