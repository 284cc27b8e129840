import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { conversationNotFound } from '#libs/chat';
import {
  metaOf,
  PlaceFeed,
  PlaceKind,
  placeOf,
  PresenceService,
  type Place,
  type PlaceChange,
  type PersonHere,
} from '#libs/presence';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { Outbox } from '../socket/sending/outbox.js';
import { type OldDialect } from './old-dialects.js';
import { RoomPresence } from './room-presence.js';

/** A client that is in the lobby or in a room. */
interface Visit {
  readonly device: string;
  readonly dialect: OldDialect;
}

/** The clients of this instance in one place. */
interface LocalRoom {
  readonly place: Place;
  readonly visits: Map<RealtimeSocket, Visit>;
  readonly listener: (change: PlaceChange) => void;
}

/**
 * Who is in the lobby and in rooms right now, as clients of the older chat know it: a person is there
 * while one of its clients is, over all instances, and a while longer. Those of its clients that know
 * `chat:*` are held by `RoomPresence`.
 */
@Injectable()
export class OldRooms {
  private readonly rooms = new Map<string, LocalRoom>();
  private readonly roomsOf = new WeakMap<RealtimeSocket, Set<string>>();

  constructor(
    private readonly presence: PresenceService,
    private readonly feed: PlaceFeed,
    private readonly present: RoomPresence,
    private readonly outbox: Outbox,
  ) {}

  /**
   * The client is there from now on. Others are told when its person was not there before.
   * @returns how many people are there
   * @throws RequestError REDIS_UNAVAILABLE; NOT_FOUND for a client that has left meanwhile; then it is
   * not there
   */
  async enter(
    socket: RealtimeSocket,
    id: string,
    dialect: OldDialect,
    username: string,
  ): Promise<number> {
    // Nobody would take out again who is gone already.
    if (!socket.connected) throw conversationNotFound();
    const room = this.rooms.get(id) ?? this.begin(id);
    const visit = { device: room.visits.get(socket)?.device ?? randomUUID(), dialect };
    room.visits.set(socket, visit);
    const ids = this.roomsOf.get(socket) ?? new Set();
    this.roomsOf.set(socket, ids.add(id));
    const { userId: person } = socket.data.principal;
    const isThere = () => room.visits.get(socket)?.device === visit.device;
    try {
      await this.feed.follow(room.place, room.listener);
      if (!isThere()) throw conversationNotFound();
      const count = await this.presence.hold({
        place: room.place,
        person,
        device: visit.device,
        meta: { username },
        since: Date.now(),
      });
      if (!isThere()) throw conversationNotFound();
      return count;
    } catch (error) {
      if (isThere()) await this.leave(socket, id);
      // It has left meanwhile: what that undid came before the lines above.
      else await this.undo(id, room, person, visit.device);
      throw error;
    }
  }

  /** The client says that it leaves. @returns whether another device of its person is there still */
  async leave(socket: RealtimeSocket, id: string): Promise<boolean> {
    const isOther = this.hasOtherDevice(socket, id);
    await this.remove(socket, id, true);
    return isOther;
  }

  /** The client is gone; others are told after a while, unless it comes back. */
  async forget(socket: RealtimeSocket): Promise<void> {
    const ids = [...(this.roomsOf.get(socket) ?? [])];
    await Promise.all(ids.map((id) => this.remove(socket, id, false)));
  }

  /** How the client is told what happens there; undefined where it is not. */
  dialectOf(socket: RealtimeSocket, id: string): OldDialect | undefined {
    return this.rooms.get(id)?.visits.get(socket)?.dialect;
  }

  /** Where the client is. */
  of(socket: RealtimeSocket): readonly string[] {
    return [...(this.roomsOf.get(socket) ?? [])];
  }

  /** People who are there, by user id; of very many only some, see `count`. */
  people(id: string): ReadonlyMap<string, PersonHere> {
    const place = this.rooms.get(id)?.place;
    return (place && this.feed.get(place)?.people) ?? new Map();
  }

  count(id: string): number {
    const place = this.rooms.get(id)?.place;
    return (place && this.feed.get(place)?.count) ?? 0;
  }

  private begin(id: string): LocalRoom {
    const visits = new Map<RealtimeSocket, Visit>();
    const listener = (change: PlaceChange) => this.tell(visits, change);
    const room = { place: placeOf(PlaceKind.room, id), visits, listener };
    this.rooms.set(id, room);
    return room;
  }

  private hasOtherDevice(socket: RealtimeSocket, id: string): boolean {
    const own = [this.rooms.get(id)?.visits.get(socket)?.device, this.present.deviceOf(socket, id)];
    const here = this.people(id).get(socket.data.principal.userId);
    return Object.keys(here?.devices ?? {}).some((device) => !own.includes(device));
  }

  private async remove(socket: RealtimeSocket, id: string, isFinal: boolean): Promise<void> {
    const room = this.rooms.get(id);
    const visit = room?.visits.get(socket);
    if (!room || !visit) return;
    room.visits.delete(socket);
    this.roomsOf.get(socket)?.delete(id);
    await this.undo(id, room, socket.data.principal.userId, visit.device, isFinal);
  }

  private async undo(
    id: string,
    room: LocalRoom,
    person: string,
    device: string,
    isFinal = false,
  ): Promise<void> {
    await this.presence.release({ place: room.place, person, device }, { isFinal });
    if (room.visits.size > 0) return;
    if (this.rooms.get(id) === room) this.rooms.delete(id);
    await this.feed.leave(room.place, room.listener);
  }

  /**
   * Nobody is told of itself: whoever comes is told so by the answer to its own request. When a room
   * fills, many come at once, and everybody is told of all of them in one write.
   */
  private tell(visits: ReadonlyMap<RealtimeSocket, Visit>, { arrived, left }: PlaceChange): void {
    const placeOfPerson = new Map([...arrived.keys(), ...left.keys()].map((id, i) => [id, i]));
    if (placeOfPerson.size === 0) return;
    const byDialect = new Map<OldDialect, RealtimeSocket[]>();
    for (const [socket, { dialect }] of visits) {
      const sockets = byDialect.get(dialect);
      if (sockets) sockets.push(socket);
      else byDialect.set(dialect, [socket]);
    }
    for (const [dialect, sockets] of byDialect) {
      const facts = [
        ...[...arrived.values()].map((here) => dialect.arrived(usernameOf(here))),
        ...[...left.values()].map((here) => dialect.left(usernameOf(here))),
      ];
      this.outbox.chat.severalToEach(sockets, facts, ({ data }) =>
        placeOfPerson.get(data.principal.userId),
      );
    }
  }
}

export function usernameOf(here: PersonHere): string {
  return String(metaOf(here)['username'] ?? '');
}
