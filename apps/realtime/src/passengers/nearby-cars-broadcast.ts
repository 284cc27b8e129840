import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { nearbyCarsConfig, type ConfigType } from '#libs/config';
import {
  type NearbySnapshot,
  type NearbySubscribed,
  type NearbyUpdate,
  type PassengersServerToClient,
} from '#libs/contracts';
import {
  FreeCarsService,
  NearbyCars,
  NearbyTiles,
  type FreeCarsByTile,
  type NearbyArea,
} from '#libs/fleet';
import { type Point } from '#libs/location';
import { Log } from '#libs/observability';
import { DeliveryGate } from '#libs/redis';
import { unreadBytes } from '../socket/engine/insides.js';
import { Outbox } from '../socket/sending/outbox.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';

export type PassengerSocket = RealtimeSocket<PassengersServerToClient>;

interface Viewer {
  socket: PassengerSocket;
  area: NearbyArea;
  cars: NearbyCars;
  behind: boolean;
}

/** Those who just opened the app do not wait for the tick; all who come within this are one search. */
const FIRST_LOOK_MS = 50;
/** A sweep gives way to requests after this much work at a time. */
const SLICE_MS = 4;
/** A passenger with this much unread gets no cars; frames have some hundred bytes (SLOW1). */
const BEHIND_BYTES = 32 * 1024;
/** Once it has read down to this, a new snapshot. */
const CAUGHT_UP_BYTES = 4 * 1024;

/**
 * Shows passengers the cars around them: one sweep a tick for all of this instance, which reads each
 * tile of the map once, however many look at it.
 */
@Injectable()
export class NearbyCarsBroadcast implements OnApplicationShutdown {
  private readonly viewers = new Map<PassengerSocket, Viewer>();
  /** When a client was last shown cars, epoch ms: asking again and again gives no more than the ticks. */
  private readonly lookedAt = new WeakMap<PassengerSocket, number>();
  private readonly newcomers = new Set<Viewer>();
  private readonly tiles: NearbyTiles;
  private ticker: NodeJS.Timeout | undefined;
  private firstLook: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> = Promise.resolve();
  private isFailing = false;

  constructor(
    @Inject(nearbyCarsConfig.KEY) private readonly settings: ConfigType<typeof nearbyCarsConfig>,
    private readonly freeCars: FreeCarsService,
    private readonly gate: DeliveryGate,
    private readonly outbox: Outbox,
    private readonly log: Log,
  ) {
    this.tiles = new NearbyTiles(settings.radiusMeters);
  }

  /** From now on, or around another place than before. */
  watch(socket: PassengerSocket, center: Point): NearbySubscribed {
    const { radiusMeters, limit, tickMs, idRotationMs } = this.settings;
    const area = this.tiles.areaAround(center);
    let viewer = this.viewers.get(socket);
    if (viewer) {
      viewer.area = area;
      viewer.cars.startOver();
    } else {
      viewer = { socket, area, cars: new NearbyCars(idRotationMs), behind: false };
      this.viewers.set(socket, viewer);
    }
    this.ticker ??= setTimeout(() => void this.tick(), tickMs);
    if (Date.now() - (this.lookedAt.get(socket) ?? 0) >= tickMs) {
      this.newcomers.add(viewer);
      this.firstLook ??= setTimeout(() => this.greet(), FIRST_LOOK_MS);
    }
    return { radiusMeters, limit };
  }

  forget(socket: PassengerSocket): void {
    const viewer = this.viewers.get(socket);
    if (!viewer) return;
    this.viewers.delete(socket);
    this.newcomers.delete(viewer);
  }

  async onApplicationShutdown(): Promise<void> {
    this.viewers.clear();
    this.newcomers.clear();
    clearTimeout(this.ticker);
    clearTimeout(this.firstLook);
    await this.sweeping;
  }

  private greet(): void {
    this.firstLook = undefined;
    void this.sweep([...this.newcomers]);
    this.newcomers.clear();
  }

  /** The next one comes a tick later, or when as much time has passed as this one took. */
  private async tick(): Promise<void> {
    const startedAt = performance.now();
    this.newcomers.clear();
    await this.sweep([...this.viewers.values()]);
    if (this.viewers.size === 0) {
      this.ticker = undefined;
      return;
    }
    const tookMs = performance.now() - startedAt;
    const pauseMs = Math.max(this.settings.tickMs - tookMs, tookMs);
    this.ticker = setTimeout(() => void this.tick(), pauseMs);
  }

  /** One at a time: nobody is shown an older look after a newer one. */
  private sweep(viewers: readonly Viewer[]): Promise<void> {
    this.sweeping = this.sweeping
      .then(() => this.show(viewers))
      .then(
        () => this.note(undefined),
        (error: unknown) => this.note(error),
      );
    return this.sweeping;
  }

  /** When Redis is away everybody keeps the last picture, and the next sweep tries again. */
  private note(error: unknown): void {
    if (error !== undefined && !this.isFailing)
      this.log.warn({ err: error }, 'cars near passengers cannot be read');
    this.isFailing = error !== undefined;
  }

  private async show(viewers: readonly Viewer[]): Promise<void> {
    const due: { viewer: Viewer; area: NearbyArea }[] = [];
    const wanted = new Set<number>();
    for (const viewer of viewers) {
      if (!this.isWatching(viewer) || !keepsUp(viewer)) continue;
      due.push({ viewer, area: viewer.area });
      for (const tile of viewer.area.tiles) wanted.add(tile);
    }
    if (due.length === 0) return;
    const found = await this.freeCars.find(this.tiles, wanted);
    let sliceEndsAt = performance.now() + SLICE_MS;
    for (const { viewer, area } of due) {
      if (performance.now() > sliceEndsAt) {
        await nextTurn();
        await this.gate.settled();
        sliceEndsAt = performance.now() + SLICE_MS;
      }
      if (!this.gate.isOpen) return;
      // It may have left meanwhile, or moved to where nothing was read.
      if (this.isWatching(viewer) && viewer.area === area) this.showTo(viewer, found);
    }
  }

  private showTo({ socket, area, cars }: Viewer, found: FreeCarsByTile): void {
    const at = Date.now();
    this.lookedAt.set(socket, at);
    const change = cars.show(area.nearest(found, this.settings.limit), at);
    if (!change) return;
    if (change.reset) {
      const snapshot: NearbySnapshot = { at, cars: change.cars };
      this.outbox.passengers.toSocket(socket, 'nearby:snapshot', snapshot);
    } else {
      const update: NearbyUpdate = { at, changed: change.changed, left: change.left };
      this.outbox.passengers.toSocket(socket, 'nearby:update', update);
    }
  }

  private isWatching(viewer: Viewer): boolean {
    const { socket } = viewer;
    return this.viewers.get(socket) === viewer && !socket.data.connection.closed;
  }
}

/** One that falls behind misses frames, and starts over when it has caught up. */
function keepsUp(viewer: Viewer): boolean {
  const unread = unreadBytes(viewer.socket);
  if (viewer.behind ? unread >= CAUGHT_UP_BYTES : unread > BEHIND_BYTES) {
    viewer.behind = true;
    viewer.cars.startOver();
    return false;
  }
  viewer.behind = false;
  return true;
}
