import { Inject, Injectable } from '@nestjs/common';
import { nearbyCarsConfig, type ConfigType } from '#libs/config';
import {
  FrameKind,
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
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import {
  FrameLoops,
  type FrameLoop,
  type Show,
  type Viewer,
} from '../socket/sending/frame-loop.js';
import { Outbox } from '../socket/sending/outbox.js';

export type PassengerSocket = RealtimeSocket<PassengersServerToClient>;

interface CarViewer extends Viewer {
  area: NearbyArea;
  cars: NearbyCars;
}

/**
 * Shows passengers the cars around them: one look a tick for all of this instance, which reads each
 * tile of the map once, however many look at it.
 */
@Injectable()
export class NearbyCarsBroadcast {
  private readonly viewers = new Map<PassengerSocket, CarViewer>();
  /** When a client was last shown cars, epoch ms: asking again and again gives no more than the ticks. */
  private readonly lookedAt = new WeakMap<RealtimeSocket, number>();
  private readonly tiles: NearbyTiles;
  private readonly loop: FrameLoop<CarViewer>;

  constructor(
    @Inject(nearbyCarsConfig.KEY) private readonly settings: ConfigType<typeof nearbyCarsConfig>,
    private readonly freeCars: FreeCarsService,
    private readonly outbox: Outbox,
    loops: FrameLoops,
  ) {
    this.tiles = new NearbyTiles(settings.radiusMeters);
    this.loop = loops.open({
      name: 'showing cars near passengers',
      kind: FrameKind.nearbyCars,
      tickMs: settings.tickMs,
      // Frames have some hundred bytes.
      behindBytes: 32 * 1024,
      caughtUpBytes: 4 * 1024,
      look: (due) => this.look(due),
      startOver: ({ cars }) => cars.startOver(),
    });
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
      viewer = { socket, area, cars: new NearbyCars(idRotationMs), isBehind: false };
      this.viewers.set(socket, viewer);
      this.loop.add(viewer);
    }
    if (Date.now() - (this.lookedAt.get(socket) ?? 0) >= tickMs) this.loop.hurry(viewer);
    return { radiusMeters, limit };
  }

  forget(socket: PassengerSocket): void {
    const viewer = this.viewers.get(socket);
    if (!viewer) return;
    this.viewers.delete(socket);
    this.loop.delete(viewer);
  }

  private async look(due: readonly CarViewer[]): Promise<Show<CarViewer> | undefined> {
    if (due.length === 0) return undefined;
    const areas = new Map(due.map((viewer) => [viewer, viewer.area]));
    const wanted = new Set<number>();
    for (const area of areas.values()) for (const tile of area.tiles) wanted.add(tile);
    const found = await this.freeCars.find(this.tiles, wanted);
    return (viewer) => {
      // It may have moved meanwhile to where nothing was read.
      if (viewer.area === areas.get(viewer)) this.show(viewer, found);
    };
  }

  private show({ socket, area, cars }: CarViewer, found: FreeCarsByTile): void {
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
}
