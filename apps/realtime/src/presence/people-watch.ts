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
import { sendPresenceToEach } from '../socket/sending/send-fact.js';

/** A client that reads too slowly is looked at again so much later. */
const HOLD_BACK_MS = 500;

/** A client that looks at a person. */
interface Look {
  readonly socket: RealtimeSocket;
  readonly person: WatchedPerson;
  /** It is told of changes from now on. */
  isOpen: boolean;
  /** It reads too slowly, and is told what is true later. */
  isHeldBack: boolean;
}

/** A person whom clients of this instance look at. */
interface WatchedPerson {
  readonly userId: string;
  readonly looks: Set<Look>;
  /** Those who are to be told what is true now. */
  readonly due: Set<Look>;
  readonly listener: () => void;
  /** Asked for once: a second try that fails would end what the first one follows. */
  opening: Promise<FollowedPlace> | undefined;
  followed: FollowedPlace | undefined;
  isTelling: boolean;
}

/**
 * Tells clients who of certain people is online. Whom somebody may see is decided when it asks, and
 * again before a change is told: at once for all who look at the person, and never kept, since who
 * shares a conversation changes on every instance.
 */
@Injectable()
export class PeopleWatch {
  private readonly looksOf = new Map<RealtimeSocket, Map<string, Look>>();
  private readonly people = new Map<string, WatchedPerson>();

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
      const { followed } = looks.get(userId)?.person ?? {};
      return seen.has(userId) && followed ? [presenceOf(userId, followed)] : [];
    });
    return { people, hidden: userIds.filter((userId) => !seen.has(userId)) };
  }

  /** @param userIds absent for everybody */
  async forget(socket: RealtimeSocket, userIds?: readonly string[]): Promise<void> {
    const looks = this.looksOf.get(socket);
    if (!looks) return;
    const ended = (userIds ?? [...looks.keys()]).map((id) => this.end(looks, looks.get(id)));
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
    const person = this.people.get(userId) ?? this.add(userId);
    const look: Look = { socket, person, isOpen: false, isHeldBack: false };
    looks.set(userId, look);
    person.looks.add(look);
    try {
      person.opening ??= this.feed.follow(placeOf(PlaceKind.person, userId), person.listener);
      person.followed = await person.opening;
      look.isOpen = true;
    } catch (error) {
      await this.end(looks, look);
      throw error;
    }
    // Nobody else would end it.
    if (!socket.connected) await this.end(looks, look);
  }

  private add(userId: string): WatchedPerson {
    const person: WatchedPerson = {
      userId,
      looks: new Set(),
      due: new Set(),
      listener: () => this.tell(person, person.looks),
      opening: undefined,
      followed: undefined,
      isTelling: false,
    };
    this.people.set(userId, person);
    return person;
  }

  private async end(looks: Map<string, Look>, look: Look | undefined): Promise<void> {
    if (!look?.person.looks.delete(look)) return;
    const { person } = look;
    const { userId } = person;
    if (looks.get(userId) === look) looks.delete(userId);
    person.due.delete(look);
    if (person.looks.size > 0) return;
    if (this.people.get(userId) === person) this.people.delete(userId);
    await this.feed.leave(placeOf(PlaceKind.person, userId), person.listener);
  }

  /** One decision at a time for each person: of changes that come meanwhile the newest is told. */
  private tell(person: WatchedPerson, looks: Iterable<Look>): void {
    for (const look of looks) if (look.isOpen && !look.isHeldBack) person.due.add(look);
    if (!person.isTelling) void this.tellDue(person);
  }

  private async tellDue(person: WatchedPerson): Promise<void> {
    person.isTelling = true;
    while (person.due.size > 0) {
      const due = [...person.due].filter((look) => this.hasRoom(look));
      person.due.clear();
      try {
        await this.tellOnce(person, due);
      } catch (error) {
        this.log.warn({ err: error }, 'clients could not be told who is online');
      }
    }
    person.isTelling = false;
  }

  /** A client without room is told what is true once it has read. */
  private hasRoom(look: Look): boolean {
    if (this.budget.hasRoom(look.socket, 'presence')) return true;
    look.isHeldBack = true;
    setTimeout(() => {
      look.isHeldBack = false;
      if (look.person.looks.has(look)) this.tell(look.person, [look]);
    }, HOLD_BACK_MS).unref();
    return false;
  }

  private async tellOnce(person: WatchedPerson, looks: readonly Look[]): Promise<void> {
    const { userId } = person;
    const isSeenBy = await this.whoSees(userId, looks);
    const still = looks.filter((look) => person.looks.has(look));
    const seeing = still.filter(({ socket }) => isSeenBy(socket));
    if (person.followed) {
      const sockets = seeing.map(({ socket }) => socket);
      sendPresenceToEach(sockets, 'presence:changed', presenceOf(userId, person.followed));
    }
    for (const look of still.filter(({ socket }) => !isSeenBy(socket))) {
      const { socket } = look;
      await this.end(this.looksOf.get(socket) ?? new Map(), look);
      sendPresenceToEach([socket], 'presence:hidden', { userIds: [userId] });
    }
  }

  private async whoSees(
    userId: string,
    looks: readonly Look[],
  ): Promise<(socket: RealtimeSocket) => boolean> {
    const callers = new Map(
      looks
        .map(({ socket }) => callerOf(socket))
        .filter(({ userType }) => userType !== UserType.admin)
        .map((caller) => [caller.userId, caller]),
    );
    const known = await this.acquaintances.whoKnow(userId, [...callers.values()]);
    return (socket) => {
      const caller = callerOf(socket);
      return caller.userType === UserType.admin || known.has(caller.userId);
    };
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
