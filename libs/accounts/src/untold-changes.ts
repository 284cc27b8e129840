import { randomBytes } from 'node:crypto';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { sessionsConfig, type ConfigType } from '#libs/config';
import { type AccountStatus, type UserType } from '#libs/contracts';
import { Log } from '#libs/observability';
import { BackgroundTask, LuaPart, LuaScript } from '#libs/redis';
import { AccountKeys } from './account-keys.js';
import { AccountRedis } from './account-redis.js';

const markScript = LuaScript.load(import.meta.url, 'mark_untold');
const findScript = LuaScript.load(import.meta.url, 'find_marks');
const placeScript = LuaScript.load(import.meta.url, 'place_account');

/** For scripts that change a person: how they note what is to be told. */
export const untoldNotes = LuaPart.load(import.meta.url, 'untold_notes');

const LOOK_INTERVAL_MS = 1_000;
/** Whoever left a mark this long ago has crashed, or is held up: what it noted is told by others. */
const LEFT_ALONE_MS = 5_000;
/** A change that was on its way longer than this will not come any more. */
const MARK_KEPT_MS = 120_000;
const MARKS_PER_LOOK = 1_000;

export interface Placement {
  userId: string;
  userType: UserType;
  status: AccountStatus;
  /** Epoch milliseconds, as text. */
  createdAt: string;
  /** When the status last changed, by which changes are ordered; 0: never. */
  change: string;
}

/**
 * What changes of one person is one script in the slot of that person. What others must hear of it,
 * or lists must show, lies elsewhere: the script leaves notes, which are kept until they are told.
 * Before it comes a mark, where everybody looks: a crash between any two of these delays what is told
 * and loses none of it. Notes may be told twice.
 */
@Injectable()
export class UntoldChanges implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly entriesKept: number;
  private readonly search: BackgroundTask;

  constructor(
    private readonly redis: AccountRedis,
    private readonly keys: AccountKeys,
    @Inject(sessionsConfig.KEY) { revocationsKept }: ConfigType<typeof sessionsConfig>,
    log: Log,
  ) {
    this.entriesKept = revocationsKept;
    this.search = new BackgroundTask(log, 'telling what crashed instances have not told', () =>
      this.tellLeft(),
    );
  }

  onApplicationBootstrap(): void {
    this.search.start(LOOK_INTERVAL_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.search.stop();
  }

  /** Runs a script that may leave notes, and tells them before this resolves. */
  async telling<Reply>(userId: string, change: () => Promise<Reply>): Promise<Reply> {
    const mark = this.newMark(userId);
    await this.redis.run(markScript, [this.keys.marks], [mark]);
    const reply = await change();
    await this.tell(userId, mark);
    return reply;
  }

  newMark(userId: string): string {
    return `${userId} ${randomBytes(9).toString('base64url')}`;
  }

  async unmark(mark: string): Promise<void> {
    await this.redis.do((redis) => redis.zrem(this.keys.marks, mark));
  }

  /** Tells what is noted of a user, then takes the notes away, and a mark that was left for them. */
  async tell(userId: string, mark?: string): Promise<void> {
    const untold = this.keys.untold(userId);
    const notes = await this.redis.do((redis) => redis.lrange(untold, 0, -1));
    for (const note of notes)
      await this.tellNote(userId, JSON.parse(note) as [kind: 'place' | 'entry', ...string[]]);
    await this.redis.do((redis) =>
      Promise.all([
        ...notes.map((note) => redis.lrem(untold, 1, note)),
        ...(mark === undefined ? [] : [redis.zrem(this.keys.marks, mark)]),
      ]),
    );
  }

  async place({ userId, userType, status, createdAt, change }: Placement): Promise<void> {
    await this.redis.run(
      placeScript,
      [
        this.keys.placed,
        this.keys.oldRecord('user', userId),
        ...this.keys.indexesOf(userType, status),
      ],
      [userId, userType, status, createdAt, change],
    );
  }

  private async tellNote(
    userId: string,
    [kind, ...values]: [kind: 'place' | 'entry', ...string[]],
  ): Promise<void> {
    if (kind === 'entry') {
      await this.redis.do((redis) =>
        redis.xadd(this.keys.revocations, 'MAXLEN', '~', this.entriesKept, '*', ...values),
      );
      return;
    }
    const [userType, status, createdAt = '', change = ''] = values;
    await this.place({
      userId,
      userType: userType as UserType,
      status: status as AccountStatus,
      createdAt,
      change,
    });
  }

  private async tellLeft(): Promise<boolean> {
    const marks = (await this.redis.run(
      findScript,
      [this.keys.marks],
      [LEFT_ALONE_MS, MARKS_PER_LOOK],
    )) as string[];
    const failures: unknown[] = [];
    for (let i = 0; i < marks.length; i += 2) {
      const [mark, ageMs] = [marks[i]!, Number(marks[i + 1])];
      try {
        await this.tell(mark.split(' ')[0]!);
        if (ageMs > MARK_KEPT_MS) await this.unmark(mark);
      } catch (error) {
        // The slot of one user may be away while those of others are there.
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures.at(-1);
    return true;
  }
}
