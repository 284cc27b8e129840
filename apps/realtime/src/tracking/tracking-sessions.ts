import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AccountGroups } from '#libs/auth';
import { GUEST, RequestError } from '#libs/contracts';
import { Log } from '#libs/observability';
import { PlaceFeed, type PlaceListener } from '#libs/presence';
import { readUntilDone } from '#libs/redis';
import {
  isReplaced,
  ownPlaceOf,
  TrackingService,
  type Tracker,
  type TrackingPerson,
} from '#libs/tracking';
import { endNamespace } from '../socket/connection/cut-connection.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { TrackingBroadcast } from './tracking-broadcast.js';

interface TrackingSession {
  person: TrackingPerson;
  tracker: Tracker | undefined;
  listener: PlaceListener;
}

/** The people on /tracking: one live socket each over all instances, seen by those of their groups. */
@Injectable()
export class TrackingSessions implements OnModuleInit {
  private readonly sessions = new Map<RealtimeSocket, TrackingSession>();

  constructor(
    private readonly groups: AccountGroups,
    private readonly tracking: TrackingService,
    private readonly broadcast: TrackingBroadcast,
    private readonly feed: PlaceFeed,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.groups.onChanged((userId, groups) => {
      for (const [socket, { person, tracker }] of this.sessions)
        if (person.userId === userId && tracker) void this.regroup(socket, groups);
    });
  }

  /**
   * The socket becomes the one of its person; an older one is told so and ends, wherever it is.
   * @throws RequestError REDIS_UNAVAILABLE; `end` is to be called all the same
   */
  async begin(socket: RealtimeSocket): Promise<void> {
    const { userId, userType } = socket.data.principal;
    if (userType === GUEST) throw new RequestError('AUTH_REQUIRED');
    const session: TrackingSession = {
      person: { userId, userType, groups: [] },
      tracker: undefined,
      listener: () => this.giveWay(socket, session),
    };
    this.sessions.set(socket, session);
    session.person = { userId, userType, groups: await this.groups.follow(userId) };
    await this.broadcast.add(socket, session.person);
    await this.feed.follow(ownPlaceOf(userId), session.listener);
    session.tracker = this.tracking.begin(session.person, socket.id);
    await session.tracker.begin();
    // They may have changed while it came in.
    const groups = this.groups.of(userId);
    if (groups !== session.person.groups) await this.regroup(socket, groups);
    this.giveWay(socket, session);
  }

  /** @throws RequestError NOT_FOUND before it has begun */
  trackerOf(socket: RealtimeSocket): Tracker {
    const tracker = this.sessions.get(socket)?.tracker;
    if (!tracker) throw new RequestError('NOT_FOUND');
    return tracker;
  }

  async end(socket: RealtimeSocket): Promise<void> {
    const session = this.sessions.get(socket);
    if (!session) return;
    const { person, tracker, listener } = session;
    this.sessions.delete(socket);
    this.groups.leave(person.userId);
    await Promise.all([
      this.broadcast.remove(socket),
      tracker?.end(),
      this.feed.leave(ownPlaceOf(person.userId), listener),
    ]);
  }

  /** Who comes last stays, so that a phone that lost its network is not kept out by its old socket. */
  private giveWay(socket: RealtimeSocket, { person, tracker }: TrackingSession): void {
    const here = this.feed.get(ownPlaceOf(person.userId))?.people.get(person.userId);
    if (tracker && here && isReplaced(tracker, here))
      endNamespace(socket, new RequestError('REPLACED'));
  }

  /** Nothing else shows the person its new groups, so that Redis is asked until it answers. */
  private async regroup(socket: RealtimeSocket, groups: readonly string[]): Promise<void> {
    const session = this.sessions.get(socket);
    if (!session) return;
    const person = { ...session.person, groups };
    session.person = person;
    try {
      await Promise.all([
        session.tracker?.move(groups),
        readUntilDone(
          () => this.broadcast.regroup(socket, person),
          () => this.sessions.get(socket) === session && session.person === person,
        ),
      ]);
    } catch (error) {
      this.log.error({ err: error }, 'the new groups of a tracked person are not shown');
    }
  }
}
