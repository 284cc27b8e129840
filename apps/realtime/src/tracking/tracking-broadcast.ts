import { Injectable } from '@nestjs/common';
import { FrameKind, Namespace, type TrackedLocation } from '#libs/contracts';
import { FirstTrace, Tracing } from '#libs/observability';
import { PlaceFeed, type Place, type PlaceChange, type PlaceListener } from '#libs/presence';
import { locationOf, placesSeenBy, type TrackingPerson } from '#libs/tracking';
import { encodeEvent, sendEncoded, type EncodedEvent } from '../socket/engine/send-packet.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import {
  FrameLoops,
  type FrameLoop,
  type Show,
  type Viewer,
} from '../socket/sending/frame-loop.js';
import { Outbox } from '../socket/sending/outbox.js';

interface TrackingViewer extends Viewer {
  /** Where it finds the people whom it may see. */
  places: readonly ShownPlace[];
  /** The next frame is all locations. */
  needsReset: boolean;
}

/** A place while somebody on this instance may see its people. */
interface ShownPlace {
  readonly place: Place;
  readonly listener: PlaceListener;
  viewers: number;
  /** Resolves once it is known who is there. */
  opened: Promise<void>;
  /** It could not be read: the next viewer tries again. */
  hasFailed: boolean;
  /** The last known location of each person; also of one who may come back yet. */
  readonly shown: Map<string, TrackedLocation>;
  readonly moved: Set<string>;
  readonly gone: Set<string>;
}

/** What has changed at a place since the last tick. */
interface Changes {
  moved: readonly string[];
  gone: readonly string[];
}

const TICK_MS = 100;
/** Locations that are told at once; of the others each is told when it moves. */
const MAX_INITIAL = 5_000;

/** Shows people where those are whom they may see: all at first, then the newest of each tick. */
@Injectable()
export class TrackingBroadcast {
  private readonly viewers = new Map<RealtimeSocket, TrackingViewer>();
  private readonly places = new Map<Place, ShownPlace>();
  private readonly changed = new Set<ShownPlace>();
  private readonly loop: FrameLoop<TrackingViewer>;
  /** Of what the next tick shows. */
  private readonly cause: FirstTrace;

  constructor(
    private readonly feed: PlaceFeed,
    private readonly outbox: Outbox,
    loops: FrameLoops,
    tracing: Tracing,
  ) {
    this.cause = new FirstTrace(tracing);
    this.loop = loops.open({
      name: 'showing tracked people',
      kind: FrameKind.people,
      cause: this.cause,
      tickMs: TICK_MS,
      behindBytes: 128 * 1024,
      caughtUpBytes: 16 * 1024,
      look: (due) => this.look(due),
      startOver: (viewer) => void (viewer.needsReset = true),
      miss: (viewer) => void (viewer.needsReset = true),
    });
  }

  /**
   * Resolves once it is known whom the viewer sees; nothing is shown before `begin`.
   * @throws RequestError REDIS_UNAVAILABLE; `remove` is to be called all the same
   */
  async add(socket: RealtimeSocket, person: TrackingPerson): Promise<void> {
    const places = placesSeenBy(person).map((place) => this.open(place));
    this.viewers.set(socket, { socket, places, needsReset: true, isBehind: false });
    await Promise.all(places.map(({ opened }) => opened));
  }

  /** `initialLocations`, then what changes. */
  begin(socket: RealtimeSocket): void {
    const viewer = this.viewers.get(socket);
    if (!viewer) return;
    this.showAll(viewer);
    this.loop.add(viewer);
  }

  /**
   * The viewer may see others than before: those whom it sees no more are gone for it at once.
   * @throws RequestError REDIS_UNAVAILABLE; then it does not see the others until it is called again
   */
  async regroup(socket: RealtimeSocket, person: TrackingPerson): Promise<void> {
    const viewer = this.viewers.get(socket);
    if (!viewer) return;
    const before = viewer.places;
    viewer.places = placesSeenBy(person).map((place) => this.open(place));
    const seenBefore = new Set(before.flatMap(({ shown }) => [...shown.keys()]));
    for (const userId of seenBefore)
      if (!isSeen(viewer, userId))
        this.outbox.tracking.toSocket(socket, 'userDisconnected', { userId });
    await Promise.all([
      ...before.map((place) => this.close(place)),
      ...viewer.places.map(({ opened }) => opened),
    ]);
    viewer.needsReset = true;
  }

  async remove(socket: RealtimeSocket): Promise<void> {
    const viewer = this.viewers.get(socket);
    if (!viewer) return;
    this.viewers.delete(socket);
    this.loop.delete(viewer);
    await Promise.all(viewer.places.map((place) => this.close(place)));
  }

  private open(place: Place): ShownPlace {
    let open = this.places.get(place);
    if (!open) {
      const opening: ShownPlace = {
        place,
        listener: (change) => this.note(opening, change),
        viewers: 0,
        opened: Promise.resolve(),
        hasFailed: false,
        shown: new Map(),
        moved: new Set(),
        gone: new Set(),
      };
      opening.opened = this.follow(opening);
      this.places.set(place, opening);
      open = opening;
    }
    if (open.hasFailed) open.opened = this.follow(open);
    open.viewers += 1;
    return open;
  }

  private async follow(open: ShownPlace): Promise<void> {
    open.hasFailed = false;
    try {
      const { people } = await this.feed.follow(open.place, open.listener);
      for (const [userId, here] of people) {
        const location = locationOf(userId, here);
        if (location) open.shown.set(userId, location);
      }
    } catch (error) {
      open.hasFailed = true;
      throw error;
    }
  }

  private async close(open: ShownPlace): Promise<void> {
    open.viewers -= 1;
    if (open.viewers > 0) return;
    this.places.delete(open.place);
    this.changed.delete(open);
    await this.feed.leave(open.place, open.listener);
  }

  private note(open: ShownPlace, { arrived, changed, left }: PlaceChange): void {
    const { shown, moved, gone } = open;
    for (const people of [arrived, changed]) {
      for (const [userId, here] of people) {
        const location = locationOf(userId, here);
        if (!location || isSame(shown.get(userId), location)) continue;
        shown.set(userId, location);
        moved.add(userId);
        gone.delete(userId);
      }
    }
    for (const userId of left.keys()) {
      moved.delete(userId);
      if (shown.delete(userId)) gone.add(userId);
    }
    if (moved.size + gone.size === 0) return;
    this.changed.add(open);
    this.cause.note();
  }

  private look(due: readonly TrackingViewer[]): Show<TrackingViewer> | undefined {
    if (this.changed.size === 0 && !due.some(({ needsReset }) => needsReset)) return undefined;
    const changes = new Map<ShownPlace, Changes>();
    for (const open of this.changed) {
      changes.set(open, { moved: [...open.moved], gone: [...open.gone] });
      open.moved.clear();
      open.gone.clear();
    }
    this.changed.clear();
    const encoded = new Map<TrackedLocation, EncodedEvent>();
    return (viewer) => {
      if (viewer.needsReset) this.showAll(viewer);
      else this.showChanges(viewer, changes, encoded);
    };
  }

  private showAll(viewer: TrackingViewer): void {
    viewer.needsReset = false;
    const locations = new Map<string, TrackedLocation>();
    for (const { shown } of viewer.places) {
      for (const [userId, location] of shown) {
        if (locations.size >= MAX_INITIAL) break;
        locations.set(userId, location);
      }
    }
    this.outbox.tracking.toSocket(viewer.socket, 'initialLocations', [...locations.values()]);
  }

  /** Somebody may be found at several places of a viewer, and is told once. */
  private showChanges(
    viewer: TrackingViewer,
    changes: ReadonlyMap<ShownPlace, Changes>,
    encoded: Map<TrackedLocation, EncodedEvent>,
  ): void {
    const told = new Set<string>();
    for (const open of viewer.places) {
      const { moved, gone } = changes.get(open) ?? NO_CHANGES;
      for (const userId of moved) {
        const location = open.shown.get(userId);
        if (!location || told.has(userId)) continue;
        told.add(userId);
        sendEncoded(viewer.socket.conn, encodedOnce(encoded, location));
      }
      for (const userId of gone) {
        if (told.has(userId) || isSeen(viewer, userId)) continue;
        told.add(userId);
        this.outbox.tracking.toSocket(viewer.socket, 'userDisconnected', { userId });
      }
    }
  }
}

const NO_CHANGES: Changes = { moved: [], gone: [] };

function isSeen({ places }: TrackingViewer, userId: string): boolean {
  return places.some(({ shown }) => shown.has(userId));
}

function isSame(known: TrackedLocation | undefined, { lat, lng, timestamp }: TrackedLocation) {
  return known?.timestamp === timestamp && known.lat === lat && known.lng === lng;
}

function encodedOnce(
  encoded: Map<TrackedLocation, EncodedEvent>,
  location: TrackedLocation,
): EncodedEvent {
  let event = encoded.get(location);
  if (!event) {
    event = encodeEvent(Namespace.tracking, 'locationBroadcast', location);
    encoded.set(location, event);
  }
  return event;
}
