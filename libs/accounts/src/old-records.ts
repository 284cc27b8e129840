import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccountStatus } from '#libs/contracts';
import { Log } from '#libs/observability';
import { KeyScan, LuaScript, RedisCommands, RedisKeys, Replicas } from '#libs/redis';
import { AccountKeys, AUTH_TAG, type OldRecordKind } from './account-keys.js';
import { claimSession } from './session-owner.js';

const takeScript = LuaScript.load(import.meta.url, 'take_old');
const adoptAccountScript = LuaScript.load(import.meta.url, 'adopt_account');
const adoptSessionScript = LuaScript.load(import.meta.url, 'adopt_session');
const holdScript = LuaScript.load(import.meta.url, 'hold_move');
const placeScript = LuaScript.load(import.meta.url, 'place_account');

/** Longer than what was read may be written, so that whoever comes after is not disturbed. */
const LEASE_MS = 60_000;
const WRITE_WITHIN_MS = 20_000;
/** A replica that stands still keeps nobody out for longer. */
const COPIED_WITHIN_MS = 10_000;
const AT_ONCE = 50;
/** An older instance that runs on may make an account during each look: what is left then is found later. */
const MOST_LOOKS = 5;

type Verdict = 'gone' | 'was there' | 'written';
/** With the clock of the server that has the record, epoch ms. */
type Adoption = [verdict: 'late' | 'was there' | 'written', now: string];

interface Taken {
  /** Epoch ms; negative: never. */
  endsAt: number;
  record: Record<string, string>;
}

/**
 * Moves accounts and sessions out of the one slot where older releases have them. Each record is first
 * taken from where an older instance would find it, so that none acts on it any more, then written at
 * its new place. When all are there, also on replicas, it is looked whether each still is, since a
 * failover may have undone what was written in another slot; only then is what was taken removed. A
 * crash in between leaves it to the next. Accounts go before sessions: without its account an older
 * instance lets no session in and exchanges none of its tokens.
 */
@Injectable()
export class OldRecords {
  private readonly holder = randomUUID();
  private stopped = false;
  /** When the lease was last renewed, epoch ms of Redis. */
  private heldAt = 0;

  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: AccountKeys,
    private readonly names: RedisKeys,
    private readonly scan: KeyScan,
    private readonly replicas: Replicas,
    private readonly log: Log,
  ) {}

  /** Whoever goes on need not wait for the end of the lease. */
  stop(): void {
    this.stopped = true;
  }

  /** Resolves how many there were; undefined, having done nothing, while another instance moves them. */
  async move(): Promise<number | undefined> {
    if (!(await this.hold(LEASE_MS))) return undefined;
    try {
      return await this.moveAll();
    } finally {
      await this.hold(0);
    }
  }

  private async moveAll(): Promise<number> {
    const startedAt = performance.now();
    const adoptAccount = (id: string) => this.adoptAccount(id);
    const adoptSession = (sid: string) => this.adoptSession(sid);
    const accounts = await this.adoptAll('user', adoptAccount);
    const sessions = await this.adoptAll('session', adoptSession);
    await this.eachPage(this.names.key(AUTH_TAG, 'sessions', ''), async (keys) => {
      await this.redis.do((redis) => Promise.all(keys.map((key) => redis.del(key))));
    });
    await this.untilCopied();
    await this.forgetAll('user', adoptAccount);
    await this.forgetAll('session', adoptSession);
    if (accounts + sessions === 0) return 0;
    const tookMs = Math.round(performance.now() - startedAt);
    this.log.info({ accounts, sessions, tookMs }, 'accounts of an older release are moved');
    return accounts + sessions;
  }

  /** Until a look finds none, also of those that a crash left half moved. Resolves how many there were. */
  private async adoptAll(
    kind: OldRecordKind,
    adopt: (name: string) => Promise<Verdict>,
  ): Promise<number> {
    let written = 0;
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const before = written;
      for (const part of [this.keys.oldRecord(kind, ''), this.keys.movingRecord(kind, '')]) {
        await this.eachName(part, async (name) => {
          if ((await adopt(name)) === 'written') written += 1;
        });
      }
      if (written === before) break;
    }
    return written;
  }

  /** What was not at its new place any more waits for the next look, so that both are there for a while. */
  private async forgetAll(
    kind: OldRecordKind,
    adopt: (name: string) => Promise<Verdict>,
  ): Promise<void> {
    let isOneMissing: boolean;
    do {
      isOneMissing = false;
      await this.eachName(this.keys.movingRecord(kind, ''), async (name) => {
        if ((await adopt(name)) === 'written') isOneMissing = true;
        else await this.redis.do((redis) => redis.del(this.keys.movingRecord(kind, name)));
      });
      if (isOneMissing) await this.untilCopied();
    } while (isOneMissing);
  }

  /** A primary may die with what its replica has not: the copy that is removed next would be the last. */
  private async untilCopied(): Promise<void> {
    if (await this.replicas.haveAll(COPIED_WITHIN_MS)) return;
    this.log.warn({}, 'a replica of redis is behind while accounts of an older release are moved');
  }

  /** @param prefix what the keys begin with, up to the name */
  private async eachName(prefix: string, handle: (name: string) => Promise<void>): Promise<void> {
    await this.eachPage(prefix, async (keys) => {
      const names = keys.map((key) => key.slice(prefix.length));
      for (let start = 0; start < names.length; start += AT_ONCE) {
        await this.renew();
        await Promise.all(names.slice(start, start + AT_ONCE).map(handle));
      }
    });
  }

  private async eachPage(prefix: string, handle: (keys: string[]) => Promise<void>): Promise<void> {
    const pattern = `${prefix.slice(this.names.rawPrefix('').length)}*`;
    for await (const keys of this.scan.pages(pattern)) {
      if (this.stopped) throw new Error('this instance ends');
      await handle(keys);
    }
  }

  private async adoptAccount(id: string): Promise<Verdict> {
    const taken = await this.take('user', id);
    if (!taken) return 'gone';
    const account = this.keys.account(id);
    const fields = Object.entries(taken.record).flat();
    const verdict = await this.inTime(
      (until) =>
        this.redis.run(adoptAccountScript, [account], [until, ...fields]) as Promise<Adoption>,
    );
    // Where an older instance has made it anew, what this release knows of it holds.
    const [userType, status, createdAt, statusChangedAt] = await this.redis.do((redis) =>
      redis.hmget(account, 'userType', 'status', 'createdAt', 'statusChangedAt'),
    );
    if (userType && status && status !== AccountStatus.active) {
      await this.redis.run(
        placeScript,
        [
          this.keys.placed,
          this.keys.oldRecord('user', id),
          ...this.keys.indexesOf(userType, status as AccountStatus),
        ],
        [id, userType, status, createdAt ?? '', statusChangedAt ?? '0'],
      );
    }
    return verdict;
  }

  private async adoptSession(sid: string): Promise<Verdict> {
    const taken = await this.take('session', sid);
    if (!taken) return 'gone';
    const { record, endsAt } = taken;
    const { userId = '', createdAt = '', revokedReason, expiresAt } = record;
    const sessionEndsAt = endsAt > 0 ? endsAt : Number(expiresAt ?? this.heldAt);
    const session = [sessionEndsAt, revokedReason === undefined ? sid : '', createdAt];
    const keys = [this.keys.session(userId, sid), this.keys.sessionsOf(userId)];
    const fields = Object.entries(record).flat();
    const verdict = await this.inTime(
      (until) =>
        this.redis.run(adoptSessionScript, keys, [
          until,
          ...session,
          ...fields,
        ]) as Promise<Adoption>,
    );
    const ttlMs = sessionEndsAt - this.heldAt;
    await claimSession(this.redis, this.keys, { sid, userId, ttlMs });
    return verdict;
  }

  private async take(kind: OldRecordKind, name: string): Promise<Taken | undefined> {
    const [endsAt, ...fields] = (await this.redis.run(
      takeScript,
      [this.keys.oldRecord(kind, name), this.keys.movingRecord(kind, name)],
      [],
    )) as [number, ...string[]];
    if (endsAt === undefined || fields.length === 0) return undefined;
    const record: Record<string, string> = {};
    for (let i = 0; i < fields.length; i += 2) record[fields[i]!] = fields[i + 1]!;
    return { endsAt, record };
  }

  /**
   * @param adopt takes until when it may be written, epoch ms of the server that has it. The clock of that
   *   server may be another one than that of the lease: where it is late by that, it is tried once more
   *   under a renewed lease and by its own clock.
   */
  private async inTime(adopt: (until: number) => Promise<Adoption>): Promise<Verdict> {
    const [verdict, now] = await adopt(this.heldAt + WRITE_WITHIN_MS);
    if (verdict !== 'late') return verdict;
    await this.renew();
    const [again] = await adopt(Number(now) + WRITE_WITHIN_MS);
    if (again === 'late') throw new Error('this instance stood still meanwhile');
    return again;
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
    this.heldAt = now;
    return now > 0;
  }
}
