import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccountStatus } from '#libs/contracts';
import { Log } from '#libs/observability';
import { KeyScan, LuaScript, RedisCommands, RedisKeys } from '#libs/redis';
import { AccountKeys, AUTH_TAG } from './account-keys.js';

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
/** An older instance that runs on may make an account during each look: what is left then is found later. */
const MOST_LOOKS = 5;

type Verdict = 'gone' | 'was there' | 'written';

interface Taken {
  /** Epoch ms; negative: never. */
  endsAt: number;
  record: Record<string, string>;
}

/**
 * Moves accounts and sessions out of the one slot where older releases have them. Each record is first
 * taken from where an older instance would find it, so that none acts on it any more, then written at
 * its new place. When all are there it is looked whether each still is, since a failover may have undone
 * what was written in another slot; only then is what was taken removed. A crash in between leaves it
 * to the next. Accounts go before sessions: without its account an older instance lets no session in
 * and exchanges none of its tokens.
 */
@Injectable()
export class OldRecords {
  private readonly holder = randomUUID();
  private stopped = false;
  /** Epoch ms of Redis. */
  private writeUntil = 0;

  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: AccountKeys,
    private readonly names: RedisKeys,
    private readonly scan: KeyScan,
    private readonly log: Log,
  ) {}

  /** Whoever goes on need not wait for the end of the lease. */
  stop(): void {
    this.stopped = true;
  }

  /** Resolves false, having done nothing, while another instance moves them. */
  async move(): Promise<boolean> {
    if (!(await this.hold(LEASE_MS))) return false;
    try {
      await this.moveAll();
    } finally {
      await this.hold(0);
    }
    return true;
  }

  private async moveAll(): Promise<void> {
    const startedAt = performance.now();
    const adoptAccount = (id: string) => this.adoptAccount(id);
    const adoptSession = (sid: string) => this.adoptSession(sid);
    const accounts = await this.adoptAll('user', adoptAccount);
    const sessions = await this.adoptAll('session', adoptSession);
    await this.eachPage('sessions', async (keys) => {
      await this.redis.do((redis) => Promise.all(keys.map((key) => redis.del(key))));
    });
    await this.forgetAll('user', adoptAccount);
    await this.forgetAll('session', adoptSession);
    if (accounts + sessions === 0) return;
    const tookMs = Math.round(performance.now() - startedAt);
    this.log.info({ accounts, sessions, tookMs }, 'accounts of an older release are moved');
  }

  /** Until a look finds none, also of those that a crash left half moved. Resolves how many there were. */
  private async adoptAll(kind: string, adopt: (name: string) => Promise<Verdict>): Promise<number> {
    let written = 0;
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const before = written;
      for (const part of [kind, `moving:${kind}`]) {
        await this.eachName(part, async (name) => {
          if ((await adopt(name)) === 'written') written += 1;
        });
      }
      if (written === before) break;
    }
    return written;
  }

  /** What was not at its new place any more waits for the next look, so that both are there for a while. */
  private async forgetAll(kind: string, adopt: (name: string) => Promise<Verdict>): Promise<void> {
    let isOneMissing: boolean;
    do {
      isOneMissing = false;
      await this.eachName(`moving:${kind}`, async (name) => {
        if ((await adopt(name)) === 'written') isOneMissing = true;
        else await this.redis.do((redis) => redis.del(this.movingKey(kind, name)));
      });
    } while (isOneMissing);
  }

  private async eachName(part: string, handle: (name: string) => Promise<void>): Promise<void> {
    await this.eachPage(part, async (keys, prefix) => {
      const names = keys.map((key) => key.slice(prefix.length));
      for (let start = 0; start < names.length; start += AT_ONCE) {
        await this.renew();
        await Promise.all(names.slice(start, start + AT_ONCE).map(handle));
      }
    });
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

  private async adoptAccount(id: string): Promise<Verdict> {
    const taken = await this.take('user', id);
    if (!taken) return 'gone';
    const account = this.keys.account(id);
    const verdict = await this.inTime(
      this.redis.run(
        adoptAccountScript,
        [account],
        [this.writeUntil, ...Object.entries(taken.record).flat()],
      ),
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
          this.keys.oldAccount(id),
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
    const until = endsAt > 0 ? endsAt : Number(expiresAt ?? Date.now());
    const verdict = await this.inTime(
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
    return verdict;
  }

  private async take(kind: string, name: string): Promise<Taken | undefined> {
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

  private movingKey(kind: string, name: string): string {
    return this.names.key(AUTH_TAG, 'moving', kind, name);
  }

  private async inTime(adopted: Promise<unknown>): Promise<Verdict> {
    const verdict = (await adopted) as 'late' | 'was there' | 'written';
    if (verdict === 'late') throw new Error('this instance stood still meanwhile');
    return verdict;
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
