import { Inject, Injectable } from '@nestjs/common';
import { AcquaintancesService, type ChatCaller } from '#libs/chat';
import { presenceConfig, type ConfigType } from '#libs/config';
import {
  PresenceStatus,
  RequestError,
  UserType,
  type PersonPresence,
  type PresentDevice,
  type PresenceSnapshot,
} from '#libs/contracts';
import { Log } from '#libs/observability';
import {
  metaOf,
  PlaceFeed,
  PlaceKind,
  placeOf,
  type DeviceMeta,
  type FollowedPlace,
} from '#libs/presence';
import { callerOf } from '../chat/chat-caller.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { ByteBudget } from '../socket/sending/byte-budget.js';
import { sendPresence } from '../socket/sending/send-fact.js';

/** A client that reads too slowly is looked at again so much later. */
const HOLD_BACK_MS = 500;

/** A person whom a client looks at. */
interface Look {
  readonly userId: string;
  readonly listener: () => void;
  followed: FollowedPlace | undefined;
  /** A change is being sent; `again` when there was another meanwhile. */
  sending: 'no' | 'yes' | 'again';
}

/**
 * Tells clients who of certain people is online. Whom somebody may see is decided when it asks, and
 * again before each change is told.
 */
@Injectable()
export class PeopleWatch {
  private readonly looksOf = new Map<RealtimeSocket, Map<string, Look>>();

  constructor(
    @Inject(presenceConfig.KEY) private readonly settings: ConfigType<typeof presenceConfig>,
    private readonly acquaintances: AcquaintancesService,
    private readonly feed: PlaceFeed,
    private readonly budget: ByteBudget,
    private readonly log: Log,
  ) {}

  /**
   * The client is told of these people from now on, beside those before.
   * @param userIds also of those whom it may not see: so many may be asked for at once
   * @throws RequestError TOO_MANY_ROOMS beyond PRESENCE_MAX_SUBSCRIPTIONS, REDIS_UNAVAILABLE
   */
  async watch(socket: RealtimeSocket, userIds: readonly string[]): Promise<PresenceSnapshot> {
    // Whom it may see is read for each: nobody has that read for more than it may look at.
    this.refuseMoreThanAllowed(userIds.length);
    const seen = await this.visibleOf(callerOf(socket), userIds);
    // Nothing is waited for from here until they are all in the map: other requests may be under way.
    const looks = this.looksOf.get(socket) ?? new Map<string, Look>();
    const fresh = [...seen].filter((userId) => !looks.has(userId));
    this.refuseMoreThanAllowed(looks.size + fresh.length);
    if (socket.connected) this.looksOf.set(socket, looks);
    await Promise.all(fresh.map((userId) => this.begin(socket, looks, userId)));
    const people = userIds.flatMap((userId) => {
      const { followed } = looks.get(userId) ?? {};
      return seen.has(userId) && followed ? [presenceOf(userId, followed)] : [];
    });
    return { people, hidden: userIds.filter((userId) => !seen.has(userId)) };
  }

  /** @param userIds absent for everybody */
  async forget(socket: RealtimeSocket, userIds?: readonly string[]): Promise<void> {
    const looks = this.looksOf.get(socket);
    if (!looks) return;
    const ended = (userIds ?? [...looks.keys()]).map((id) => this.end(looks, id));
    // Before it waits: later there may be another map, of a newer subscription.
    if (looks.size === 0) this.looksOf.delete(socket);
    await Promise.all(ended);
  }

  private refuseMoreThanAllowed(people: number): void {
    const { maxSubscriptions } = this.settings;
    if (people <= maxSubscriptions) return;
    throw new RequestError('TOO_MANY_ROOMS', {
      message: `A client may look at ${maxSubscriptions} people. Name fewer, or unsubscribe from some first.`,
    });
  }

  private async begin(
    socket: RealtimeSocket,
    looks: Map<string, Look>,
    userId: string,
  ): Promise<void> {
    const look: Look = {
      userId,
      listener: () => void this.tell(socket, looks, look),
      followed: undefined,
      sending: 'no',
    };
    looks.set(userId, look);
    try {
      look.followed = await this.feed.follow(placeOf(PlaceKind.person, userId), look.listener);
    } catch (error) {
      looks.delete(userId);
      throw error;
    }
    // It has gone meanwhile, or does not look any more.
    if (!socket.connected || looks.get(userId) !== look)
      await this.feed.leave(placeOf(PlaceKind.person, userId), look.listener);
  }

  private async end(looks: Map<string, Look>, userId: string): Promise<void> {
    const look = looks.get(userId);
    if (!look) return;
    looks.delete(userId);
    await this.feed.leave(placeOf(PlaceKind.person, userId), look.listener);
  }

  /** One at a time for each look: of changes that come meanwhile the newest is told. */
  private async tell(socket: RealtimeSocket, looks: Map<string, Look>, look: Look): Promise<void> {
    if (look.sending !== 'no') {
      look.sending = 'again';
      return;
    }
    if (!this.budget.hasRoom(socket, 'presence')) {
      // It is told what is true once it has read.
      look.sending = 'yes';
      setTimeout(() => {
        look.sending = 'no';
        if (looks.get(look.userId) === look && socket.connected)
          void this.tell(socket, looks, look);
      }, HOLD_BACK_MS).unref();
      return;
    }
    try {
      do {
        look.sending = 'yes';
        await this.tellOnce(socket, looks, look);
      } while (this.isAskedAgain(look));
    } catch (error) {
      this.log.warn({ err: error }, 'a client could not be told who is online');
    } finally {
      look.sending = 'no';
    }
  }

  private isAskedAgain({ sending }: Look): boolean {
    return sending === 'again';
  }

  private async tellOnce(
    socket: RealtimeSocket,
    looks: Map<string, Look>,
    look: Look,
  ): Promise<void> {
    const { userId } = look;
    const isVisible = (await this.visibleOf(callerOf(socket), [userId])).has(userId);
    if (looks.get(userId) !== look || !socket.connected || socket.data.connection.closed) return;
    if (!isVisible) {
      await this.end(looks, userId);
      sendPresence(socket, 'presence:hidden', { userIds: [userId] });
    } else if (look.followed) {
      sendPresence(socket, 'presence:changed', presenceOf(userId, look.followed));
    }
  }

  private async visibleOf(
    caller: ChatCaller,
    userIds: readonly string[],
  ): Promise<ReadonlySet<string>> {
    if (caller.userType === UserType.admin) return new Set(userIds);
    return this.acquaintances.among(caller, userIds);
  }
}

function presenceOf(userId: string, { people, lastLeftAt }: FollowedPlace): PersonPresence {
  const here = people.get(userId);
  if (!here) {
    const { offline: status } = PresenceStatus;
    return { userId, status, since: lastLeftAt, lastSeenAt: lastLeftAt, devices: [] };
  }
  const devices = Object.entries(here.devices).map(([id, { meta }]) => ({
    id,
    status: statusOf(meta),
    since: Number(meta['changedAt']),
  }));
  const isOnline = devices.length === 0 || devices.some(({ status }) => status === 'online');
  const isAway = devices.length === 0 ? metaOf(here)['away'] === true : !isOnline;
  return {
    userId,
    status: isAway ? PresenceStatus.away : PresenceStatus.online,
    since: sinceWhen(devices, isAway) ?? here.since,
    lastSeenAt: null,
    devices,
  };
}

/** Away since the last device is, online since the first one of those that are. */
function sinceWhen(devices: readonly PresentDevice[], isAway: boolean): number | undefined {
  const times = devices
    .filter(({ status }) => (status === PresenceStatus.away) === isAway)
    .map(({ since }) => since);
  if (times.length === 0) return undefined;
  return isAway ? Math.max(...times) : Math.min(...times);
}

function statusOf(meta: DeviceMeta): PresenceStatus {
  return meta['away'] === true ? PresenceStatus.away : PresenceStatus.online;
}
