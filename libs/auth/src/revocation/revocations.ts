import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AccountKeys, OldKeys } from '#libs/accounts';
import { type Principal, type SessionEndReason } from '#libs/contracts';
import { Log } from '#libs/observability';
import {
  DeliveryGate,
  RedisConnections,
  StreamFollower,
  type DeliveryGuard,
  type StreamEntry,
  type StreamStanding,
} from '#libs/redis';
import { isoTime } from '../sessions/session.js';
import { SessionsStore } from '../sessions/sessions.store.js';
import { RecentRevocations } from './recent-revocations.js';
import {
  type EndOrder,
  type Revocation,
  type RevocationListener,
  type EndedSessions,
} from './revocations.store.js';

const CHECK_BATCH = 500;
const CHECK_RETRY_MS = 200;

/** What this instance knows of revocations anywhere, and who must hear of them (AUTH2). */
@Injectable()
export class Revocations implements DeliveryGuard, OnModuleInit, OnApplicationShutdown {
  private readonly recent = new RecentRevocations();
  private readonly listeners = new Set<RevocationListener>();
  private readonly watched = new Set<() => Iterable<Principal>>();
  private readonly follower: StreamFollower;
  private readonly currentListeners = new Set<() => void>();
  private readonly groupsListeners = new Set<(entry: StreamEntry['fields']) => void>();
  private readonly missedListeners = new Set<() => Promise<void>>();
  private started = false;
  private stopped = false;

  constructor(
    connections: RedisConnections,
    keys: AccountKeys,
    private readonly oldKeys: OldKeys,
    gate: DeliveryGate,
    private readonly sessions: SessionsStore,
    private readonly log: Log,
  ) {
    this.follower = new StreamFollower(connections, log, {
      key: keys.revocations,
      purpose: 'revocations',
      onEntry: (entry) => this.receive(entry),
      onMissed: () => this.makeUpForMissed(),
    });
    this.follower.onCurrent(() => this.tellCurrent());
    gate.guardWith(this);
  }

  /** Begins without waiting: an instance may start while Redis is away. */
  onModuleInit(): void {
    void this.begin();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.follower.stop();
  }

  /**
   * Calls the listener for every revocation, at least once. With `sid` null every session that the
   * user has at this very moment is meant; otherwise that one session.
   */
  onRevoked(listener: RevocationListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Names the sessions that are served here; they are checked again after every lost connection. */
  watchSessions(list: () => Iterable<Principal>): () => void {
    this.watched.add(list);
    return () => this.watched.delete(list);
  }

  /** To be asked once a socket is registered: its session may have ended after it was checked. */
  isRevoked(principal: Pick<Principal, 'userId' | 'sid'>): boolean {
    return this.recent.has(principal);
  }

  /** Whether all that is older than a moment is known here, may be missing, or is about to be read. */
  get standing(): StreamStanding {
    return this.started ? this.follower.standing : 'cutOff';
  }

  /** Resolves once the standing is not `behind`, or no more. */
  settled(): Promise<void> {
    return this.follower.settled();
  }

  /** Called again and again: each time that more has become known and the standing is `current`. */
  onCurrent(listener: () => void): void {
    this.currentListeners.add(listener);
  }

  /** Tells of changes of groups, which come on the same stream. */
  onGroupsChanged(listener: (entry: StreamEntry['fields']) => void): void {
    this.groupsListeners.add(listener);
  }

  /** Called when entries of the stream may have been missed: what they said is to be read anew, ahead of the gate. */
  onMissed(listener: () => Promise<void>): void {
    this.missedListeners.add(listener);
  }

  /** Cuts and refuses at once, here, what the order names, until the returned function is called. */
  hold(order: EndOrder): () => void {
    const release = this.recent.hold(order);
    const { reason } = order;
    const at = new Date().toISOString();
    if (order.kind === 'user') {
      this.tell({ userId: order.userId, sid: null, reason, at });
      return release;
    }
    // Only a session of the named user: its id alone must not cut the session of another user.
    for (const { userId, sid } of this.allWatched()) {
      if (sid === order.sid && (order.userId ?? userId) === userId) {
        this.tell({ userId, sid, reason, at });
        break;
      }
    }
    return release;
  }

  /** For what was ended in Redis by this instance, ahead of the stream. */
  announce(
    { userId, sids, at }: Omit<EndedSessions, 'areAllOver'>,
    reason: SessionEndReason,
  ): void {
    for (const sid of sids) this.end({ userId, sid, reason, at: new Date(at).toISOString() });
  }

  private async begin(): Promise<void> {
    await this.follower.start();
    await this.oldKeys.whenMoved();
    // What was revoked between the check of an early socket and the start of following.
    while (!this.stopped && !this.started) {
      try {
        await this.makeUpForMissed();
        this.started = true;
        this.tellCurrent();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, CHECK_RETRY_MS));
      }
    }
  }

  private receive({ fields }: StreamEntry): void {
    if (fields['groups'] !== undefined) {
      for (const listener of this.groupsListeners) listener(fields);
      return;
    }
    const { userId = '', sid = '', reason, at, sids = '' } = fields;
    for (const ended of sid === '' ? sids.split(',') : [sid]) {
      if (ended === '') continue;
      this.end({ userId, sid: ended, reason: reason as SessionEndReason, at: isoTime(at) });
    }
  }

  private async makeUpForMissed(): Promise<void> {
    await this.checkWatched();
    for (const listener of this.missedListeners) await listener();
  }

  private async checkWatched(): Promise<void> {
    const bySid = new Map<string, Principal>();
    for (const principal of this.allWatched()) bySid.set(principal.sid, principal);
    const principals = [...bySid.values()];
    for (let start = 0; start < principals.length; start += CHECK_BATCH) {
      const dead = await this.sessions.findDead(principals.slice(start, start + CHECK_BATCH));
      const at = new Date().toISOString();
      for (const { principal, reason } of dead) {
        this.end({ userId: principal.userId, sid: principal.sid, reason, at });
      }
    }
  }

  private tellCurrent(): void {
    if (this.standing !== 'current') return;
    for (const listener of this.currentListeners) listener();
  }

  private *allWatched(): Generator<Principal> {
    for (const list of this.watched) yield* list();
  }

  private end(revocation: Revocation & { sid: string }): void {
    this.recent.remember(revocation.sid);
    this.tell(revocation);
  }

  private tell(revocation: Revocation): void {
    for (const listener of this.listeners) {
      try {
        listener(revocation);
      } catch (error) {
        this.log.error({ err: error }, 'a revocation listener failed');
      }
    }
  }
}
