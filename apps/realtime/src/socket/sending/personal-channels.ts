import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RequestError, type Namespace } from '#libs/contracts';
import { traced, Tracing } from '#libs/observability';
import { RedisKeys, ShardPublisher, ShardSubscriber } from '#libs/redis';
import { ConnectionRegistry } from '../connection/connection-registry.js';
import { type RealtimeSocket } from '../realtime-socket.js';
import { emitterOf } from './send-fact.js';

/** A fact for the devices of a person. */
export interface PersonalFact {
  event: string;
  payload: unknown;
  /** Absent for all namespaces. */
  namespace?: Namespace;
  /** Devices of this session know it already. */
  exceptSid?: string;
}

interface FactMessage extends PersonalFact {
  /** The instance that sent it, which has served its own devices. */
  from: string;
  /** W3C: what sent it; absent where that is not traced. */
  traceparent?: string;
}

/** What else comes on the channel of a person, e.g. announcements of its trips. */
export type PersonalMessageListener = (personId: string, message: object) => void;

interface FollowedPerson {
  sockets: number;
  active: Promise<boolean>;
}

const NOT_YET = Promise.resolve(false);

/**
 * The one channel that each person has: every fact for one person comes on it. An instance follows
 * the channels of the people whom it hosts, and no others (FAN1).
 */
@Injectable()
export class PersonalChannels {
  private readonly instanceId = randomUUID();
  private readonly people = new Map<string, FollowedPerson>();
  private readonly listeners = new Set<PersonalMessageListener>();
  private readonly prefixLength: number;
  /** One for all people: a closure each would be memory. */
  private readonly handler = (message: Buffer, channel: Buffer): void =>
    this.receive(channel.toString().slice(this.prefixLength), message);

  constructor(
    private readonly keys: RedisKeys,
    private readonly subscriber: ShardSubscriber,
    private readonly publisher: ShardPublisher,
    private readonly registry: ConnectionRegistry,
    private readonly tracing: Tracing,
  ) {
    this.prefixLength = keys.personChannel('').length;
  }

  /**
   * Resolves once every instance can reach the person of the socket.
   * @throws RequestError REDIS_UNAVAILABLE
   */
  async join(socket: RealtimeSocket): Promise<void> {
    const { userId } = socket.data.principal;
    let person = this.people.get(userId);
    if (!person) {
      person = { sockets: 0, active: NOT_YET };
      this.people.set(userId, person);
    }
    person.sockets += 1;
    person.active = person.active.then(
      (isActive) =>
        isActive || this.subscriber.subscribe(this.keys.personChannel(userId), this.handler),
    );
    if (!(await person.active)) throw new RequestError('REDIS_UNAVAILABLE');
  }

  /** To be called once for each `join`, also for one that failed. */
  async leave(socket: RealtimeSocket): Promise<void> {
    const { userId } = socket.data.principal;
    const person = this.people.get(userId);
    if (!person) return;
    person.sockets -= 1;
    if (person.sockets > 0) return;
    this.people.delete(userId);
    await this.subscriber.unsubscribe([this.keys.personChannel(userId)], this.handler);
  }

  /** Sends to the devices of a person: on this instance at once, and on the others that host it. */
  send(personId: string, fact: PersonalFact): void {
    this.tell(personId, fact);
    const message: FactMessage = {
      ...fact,
      from: this.instanceId,
      ...traced(this.tracing.keptTraceparent),
    };
    this.publisher.publish(this.keys.personChannel(personId), JSON.stringify(message));
  }

  /** Hands on what comes on these channels besides the facts of `send`. */
  onMessage(listener: PersonalMessageListener): void {
    this.listeners.add(listener);
  }

  private receive(personId: string, message: Buffer): void {
    const content = JSON.parse(message.toString()) as object;
    if (!isFact(content)) {
      for (const listener of this.listeners) listener(personId, content);
    } else if (content.from !== this.instanceId) {
      const { event, traceparent } = content;
      if (!this.tracing.follows(traceparent)) return this.tell(personId, content);
      const attributes = { 'ridewire.channel.kind': 'person', 'ridewire.event': event };
      this.tracing.deliver(traceparent, attributes, () => this.tell(personId, content));
    }
  }

  private tell(personId: string, { event, payload, namespace, exceptSid }: PersonalFact): void {
    for (const socket of this.registry.ofUser(personId)) {
      const { connection, principal } = socket.data;
      if (connection.closed || principal.sid === exceptSid) continue;
      if (namespace === undefined || socket.nsp.name === namespace)
        emitterOf(socket).emit(event, payload);
    }
  }
}

function isFact(content: object): content is FactMessage {
  return 'event' in content && 'from' in content;
}
