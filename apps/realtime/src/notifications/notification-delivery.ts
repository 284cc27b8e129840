import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Notification, type UserType } from '#libs/contracts';
import {
  boxAnnouncementIn,
  EVERYBODY_BOX,
  NotificationsService,
  OWN_BOX,
  SharedBoxes,
  sharedBoxesOf,
  toNotification,
  type BoxAnnouncement,
  type Inbox,
  type NotificationEntry,
  type Receiver as Person,
} from '#libs/notifications';
import { Log, Tracing } from '#libs/observability';
import { readUntilDone, ShardSubscriber } from '#libs/redis';
import { ConnectionRegistry } from '../socket/connection/connection-registry.js';
import { encodeEvent, sendEncoded, type EncodedEvent } from '../socket/engine/send-packet.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { PersonalChannels } from '../socket/sending/personal-channels.js';

/** A socket, and what it was told of each box. */
interface Receiver {
  readonly socket: RealtimeSocket;
  readonly person: Person;
  /** Of each box the newest version that was told or left out. */
  readonly known: { own: number; type: number; all: number };
  /** False until what waited for it is told: what comes meanwhile is told with it. */
  isReady: boolean;
  /** Something has come into its own box that has to be read. */
  isStale: boolean;
  reading: Promise<void> | undefined;
}

/** A client that comes back is told so many of those that it has not seen; it lists the others. */
const MOST_REPLAYED = 50;
/** Told in one turn of the event loop. */
const RECEIVERS_PER_TURN = 500;
/** Sockets whose boxes are read at the same time after an outage. */
const CATCH_UP_BATCH = 100;

/** Brings notifications to the sockets of this instance: each once, and in the order of its box. */
@Injectable()
export class NotificationDelivery implements OnModuleInit {
  private readonly receivers = new Map<RealtimeSocket, Receiver>();
  /** What is for many is told slice by slice, one after the other. */
  private sending: Promise<void> = Promise.resolve();

  constructor(
    private readonly notifications: NotificationsService,
    private readonly shared: SharedBoxes,
    private readonly channels: PersonalChannels,
    private readonly registry: ConnectionRegistry,
    private readonly subscriber: ShardSubscriber,
    private readonly log: Log,
    private readonly tracing: Tracing,
  ) {}

  onModuleInit(): void {
    this.channels.onMessage((userId, message) => {
      const announcement = boxAnnouncementIn(message);
      if (announcement) this.receive(userId, announcement);
    });
    this.shared.onEntry(({ name }, entry) => {
      const receivers = [...this.receivers.values()];
      this.sending = this.sending.then(() => this.tellMany(receivers, name, entry));
    });
    this.subscriber.onRestored(() => void this.catchUpAll());
  }

  /**
   * From now on the socket is told what comes, and before it what waits for its person.
   * @throws RequestError REDIS_UNAVAILABLE
   */
  async add(socket: RealtimeSocket, userType: UserType): Promise<void> {
    const { userId, sid } = socket.data.principal;
    const receiver: Receiver = {
      socket,
      person: { userId, sid, userType },
      known: { own: 0, type: 0, all: 0 },
      isReady: false,
      isStale: false,
      reading: undefined,
    };
    this.receivers.set(socket, receiver);
    await Promise.all([
      this.channels.join(socket),
      ...sharedBoxesOf(receiver.person).map((box) => this.shared.follow(box)),
    ]);
    // Nobody waits for it: requests of the client go on meanwhile.
    void this.catchUp(receiver);
  }

  async remove(socket: RealtimeSocket): Promise<void> {
    const receiver = this.receivers.get(socket);
    if (!receiver) return;
    this.receivers.delete(socket);
    await Promise.all([
      this.channels.leave(socket),
      ...sharedBoxesOf(receiver.person).map((box) => this.shared.leave(box)),
    ]);
  }

  private receive(userId: string, { notification, traceparent }: BoxAnnouncement): void {
    if (!this.tracing.follows(traceparent)) return this.receiveOwn(userId, notification);
    const attributes = { 'ridewire.channel.kind': 'person' };
    return this.tracing.deliver(traceparent, attributes, () =>
      this.receiveOwn(userId, notification),
    );
  }

  private receiveOwn(userId: string, entry: NotificationEntry): void {
    for (const socket of this.registry.ofUser(userId)) {
      const receiver = this.receivers.get(socket);
      if (!receiver) continue;
      const { own } = receiver.known;
      if (!receiver.isReady) receiver.isStale = true;
      else if (entry.version === own + 1) this.tell(receiver, OWN_BOX, entry, new Map());
      else if (entry.version > own) void this.catchUp(receiver);
    }
  }

  private async tellMany(
    receivers: readonly Receiver[],
    boxName: string,
    entry: NotificationEntry,
  ): Promise<void> {
    const encoded = new Map<string, EncodedEvent>();
    let left = RECEIVERS_PER_TURN;
    for (const receiver of receivers) {
      const reads = sharedBoxesOf(receiver.person).some(({ name }) => name === boxName);
      const known = receiver.known[slotOf(boxName)];
      if (!reads || !receiver.isReady || known >= entry.version) continue;
      this.tell(receiver, boxName, entry, encoded);
      left -= 1;
      if (left > 0) continue;
      await nextTurn();
      left = RECEIVERS_PER_TURN;
    }
  }

  private tell(
    { socket, person, known }: Receiver,
    boxName: string,
    entry: NotificationEntry,
    encoded: Map<string, EncodedEvent>,
  ): void {
    known[slotOf(boxName)] = entry.version;
    const { sid, expiresAt } = entry.content;
    if ((sid !== undefined && sid !== person.sid) || expiresAt <= Date.now()) return;
    const nsp = socket.nsp.name;
    let event = encoded.get(nsp);
    if (!event) encoded.set(nsp, (event = encodeNotification(nsp, toNotification(boxName, entry))));
    if (isOpen(socket)) sendEncoded(socket.conn, event);
  }

  /** Nothing else brings what waits, so that Redis is asked until it answers. */
  private async catchUp(receiver: Receiver): Promise<void> {
    receiver.isStale = true;
    receiver.reading ??= readUntilDone(
      () => this.read(receiver),
      () => this.receivers.get(receiver.socket) === receiver,
    ).finally(() => (receiver.reading = undefined));
    try {
      await receiver.reading;
    } catch (error) {
      this.log.error({ err: error }, 'reading notifications failed');
    }
  }

  private async read(receiver: Receiver): Promise<void> {
    receiver.isReady = false;
    while (receiver.isStale) {
      receiver.isStale = false;
      try {
        this.tellUnread(receiver, await this.notifications.inbox(receiver.person));
      } catch (error) {
        receiver.isStale = true;
        throw error;
      }
    }
    receiver.isReady = true;
  }

  private tellUnread({ socket, known }: Receiver, { items, versions }: Inbox): void {
    const unread = items.filter(
      ({ boxName, entry, notification }) =>
        !notification.seen && entry.version > known[slotOf(boxName)],
    );
    for (const { notification } of unread.slice(-MOST_REPLAYED)) {
      if (!isOpen(socket)) return;
      sendEncoded(socket.conn, encodeNotification(socket.nsp.name, notification));
    }
    for (const [name, version] of Object.entries(versions)) known[slotOf(name)] = version;
  }

  /** Announcements of own boxes may have been lost; the boxes of many make up for theirs. */
  private async catchUpAll(): Promise<void> {
    const receivers = [...this.receivers.values()];
    for (let first = 0; first < receivers.length; first += CATCH_UP_BATCH) {
      const batch = receivers.slice(first, first + CATCH_UP_BATCH);
      await Promise.all(batch.map((receiver) => this.catchUp(receiver)));
    }
  }
}

/** A socket has one box of its user type. */
function slotOf(boxName: string): keyof Receiver['known'] {
  if (boxName === OWN_BOX) return 'own';
  return boxName === EVERYBODY_BOX ? 'all' : 'type';
}

function encodeNotification(nsp: string, notification: Notification): EncodedEvent {
  return encodeEvent(nsp, 'notification', notification);
}

function isOpen(socket: RealtimeSocket): boolean {
  return socket.connected && !socket.data.connection.closed;
}
