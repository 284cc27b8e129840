import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AccountStatus, RequestError } from '#libs/contracts';
import { Log } from '#libs/observability';
import { KeyScan, LuaScript, RedisCommands, RedisConnections, RedisKeys } from '#libs/redis';
import { AccountKeys, ANY, AUTH_TAG } from './account-keys.js';

const takeScript = LuaScript.load(import.meta.url, 'take_old');
const adoptAccountScript = LuaScript.load(import.meta.url, 'adopt_account');
const adoptSessionScript = LuaScript.load(import.meta.url, 'adopt_session');
const holdScript = LuaScript.load(import.meta.url, 'hold_move');
const placeScript = LuaScript.load(import.meta.url, 'place_account');

/** Notes whose session an id names. */
export const claimSessionScript = LuaScript.load(import.meta.url, 'claim_session');

/** Longer than what was read may be written, so that whoever comes after is not disturbed. */
const LEASE_MS = 60_000;
const WRITE_WITHIN_MS = 20_000;
/** What is left of an ended session stays at least this long. */
const ENDED_TRACE_MS = 10 * 60_000;
const AT_ONCE = 50;
const RETRY_MS = 250;
const REDIS_WAIT_MS = 10_000;
/** A request waits so long: at a start the first look at Redis is on its way. */
const PASS_WITHIN_MS = 2_000;

/**
 * Releases before this one had all accounts and sessions in one slot. At the start one instance moves
 * them to the slots of their users; until that is done nobody is let in here. Each record is first
 * taken from where an older instance would find it, so that none acts on it any more, then written at
 * its new place, then removed: a crash in between leaves it to the next. Accounts go before sessions:
 * without its account an older instance lets no session in and exchanges none of its tokens.
 */
@Injectable()
export class OldKeys implements OnModuleInit, OnApplicationShutdown {
  areMoved = false;
  private readonly holder = randomUUID();
  private readonly done: Promise<void>;
  private tellDone: () => void = () => undefined;
  private stopped = false;
  private moving: Promise<void> | undefined;
  /** Epoch ms of Redis. */
  private writeUntil = 0;

  constructor(
    private readonly redis: RedisCommands,
    private readonly connections: RedisConnections,
    private readonly keys: AccountKeys,
    private readonly names: RedisKeys,
    private readonly scan: KeyScan,
    private readonly log: Log,
  ) {
    this.done = new Promise((resolve) => (this.tellDone = resolve));
  }

  /** Begins without waiting: an instance may start while Redis is away. */
  onModuleInit(): void {
    void this.moveOnce();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    // Whoever goes on need not wait for the end of the lease.
    await this.moving?.catch(() => undefined);
  }

  /** Resolves when all old keys are moved. */
  whenMoved(): Promise<void> {
    return this.done;
  }

  /** The same for somebody who does not wait for long. @throws RequestError REDIS_UNAVAILABLE */
  async pass(): Promise<void> {
    const limit = new AbortController();
    const late = pause(PASS_WITHIN_MS, 'late', { signal: limit.signal }).catch(() => 'done');
    const first = await Promise.race([this.done, late]);
    limit.abort();
    if (first === 'late') {
      throw new RequestError('REDIS_UNAVAILABLE', {
        message: 'Accounts of an older release are being moved, or Redis is away. Try again.',
        retryAfterMs: PASS_WITHIN_MS,
      });
    }
  }

  private async moveOnce(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.connections.waitUntilReady(REDIS_WAIT_MS);
        if (await this.moveOrWait()) {
          this.areMoved = true;
          this.tellDone();
          return;
        }
      } catch (error) {
        if (this.stopped) return;
        const reason = error instanceof Error ? error.message : String(error);
        this.log.warn({ reason }, 'accounts of older releases are not moved yet; trying again');
      }
      await pause(RETRY_MS);
    }
  }

  private async moveOrWait(): Promise<boolean> {
    const marker = this.names.key(AUTH_TAG, 'layout');
    const [layout, someone] = await this.redis.do((redis) =>
      Promise.all([redis.get(marker), redis.exists(this.keys.index(ANY, ANY))]),
    );
    if (layout !== null) return true;
    if (someone === 1) {
      if (!(await this.hold(LEASE_MS))) return false;
      this.moving = this.moveAll().finally(() => this.hold(0));
      await this.moving;
    }
    await this.redis.do((redis) => redis.set(marker, 'user'));
    return true;
  }

  private async moveAll(): Promise<void> {
    const startedAt = performance.now();
    const accounts = await this.each('user', (id) => this.moveAccount(id));
    const sessions = await this.each('session', (sid) => this.moveSession(sid));
    await this.eachPage('sessions', async (keys) => {
      await this.redis.do((redis) => Promise.all(keys.map((key) => redis.del(key))));
    });
    const tookMs = Math.round(performance.now() - startedAt);
    this.log.info({ accounts, sessions, tookMs }, 'accounts of an older release are moved');
  }

  /** Until a whole look finds none, also of those that a crash left half moved. Resolves how many there were. */
  private async each(kind: string, move: (name: string) => Promise<boolean>): Promise<number> {
    let moved = 0;
    for (;;) {
      let found = 0;
      for (const part of [kind, `moving:${kind}`]) {
        await this.eachPage(part, async (keys, prefix) => {
          const ids = keys.map((key) => key.slice(prefix.length));
          for (let start = 0; start < ids.length; start += AT_ONCE) {
            await this.renew();
            const done = await Promise.all(ids.slice(start, start + AT_ONCE).map(move));
            found += done.filter(Boolean).length;
          }
        });
      }
      if (found === 0) return moved;
      moved += found;
    }
  }

  private async eachPage(
    part: string,
    handle: (keys: string[], prefix: string) => Promise<void>,
  ): Promise<void> {
    const prefix = this.names.key(AUTH_TAG, part, '');
    const pattern = `${prefix.slice(this.names.rawPrefix('').length)}*`;
    for await (const keys of this.scan.pages(pattern)) {
      if (this.stopped) throw new Error('this instance ends');
      await handle(keys, prefix);
    }
  }

  private async moveAccount(id: string): Promise<boolean> {
    const taken = await this.take('user', id);
    if (!taken) return false;
    const { record } = taken;
    await this.inTime(
      this.redis.run(
        adoptAccountScript,
        [this.keys.account(id)],
        [this.writeUntil, ...Object.entries(record).flat()],
      ),
    );
    const { userType = '', status = '', createdAt = '', statusChangedAt = '0' } = record;
    if (status !== AccountStatus.active) {
      await this.redis.run(
        placeScript,
        [
          this.keys.placed,
          this.keys.oldAccount(id),
          ...this.keys.indexesOf(userType, status as AccountStatus),
        ],
        [id, userType, status, createdAt, statusChangedAt],
      );
    }
    await this.forget('user', id);
    return true;
  }

  private async moveSession(sid: string): Promise<boolean> {
    const taken = await this.take('session', sid);
    if (!taken) return false;
    const { record, endsAt } = taken;
    const { userId = '', createdAt = '', revokedReason, expiresAt } = record;
    const until = endsAt > 0 ? endsAt : Number(expiresAt ?? Date.now());
    await this.inTime(
      this.redis.run(
        adoptSessionScript,
        [this.keys.session(userId, sid), this.keys.sessionsOf(userId)],
        [
          this.writeUntil,
          until,
          revokedReason === undefined ? sid : '',
          createdAt,
          ...Object.entries(record).flat(),
        ],
      ),
    );
    await this.redis.run(
      claimSessionScript,
      [this.keys.sessionOwner(sid)],
      [userId, Math.max(0, until - Date.now()) + ENDED_TRACE_MS],
    );
    await this.forget('session', sid);
    return true;
  }

  private async take(
    kind: string,
    name: string,
  ): Promise<{ endsAt: number; record: Record<string, string> } | undefined> {
    const [endsAt, ...fields] = (await this.redis.run(
      takeScript,
      [this.names.key(AUTH_TAG, kind, name), this.movingKey(kind, name)],
      [],
    )) as [number, ...string[]];
    if (endsAt === undefined || fields.length === 0) return undefined;
    const record: Record<string, string> = {};
    for (let i = 0; i < fields.length; i += 2) record[fields[i]!] = fields[i + 1]!;
    return { endsAt, record };
  }

  private async forget(kind: string, name: string): Promise<void> {
    await this.redis.do((redis) => redis.del(this.movingKey(kind, name)));
  }

  private movingKey(kind: string, name: string): string {
    return this.names.key(AUTH_TAG, 'moving', kind, name);
  }

  private async inTime(written: Promise<unknown>): Promise<void> {
    if ((await written) === 0) throw new Error('this instance stood still meanwhile');
  }

  private async renew(): Promise<void> {
    if (!(await this.hold(LEASE_MS))) throw new Error('another instance moves them');
  }

  /** @param leaseMs 0 gives the lease back */
  private async hold(leaseMs: number): Promise<boolean> {
    const now = Number(
      await this.redis.run(
        holdScript,
        [this.names.key(AUTH_TAG, 'moving-lease')],
        [this.holder, leaseMs],
      ),
    );
    this.writeUntil = now + WRITE_WITHIN_MS;
    return now > 0;
  }
}
