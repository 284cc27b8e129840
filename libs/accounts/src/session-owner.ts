import { LuaScript, type RedisCommands } from '#libs/redis';
import { type AccountKeys } from './account-keys.js';

const claimScript = LuaScript.load(import.meta.url, 'claim_session');

/** An ended session leaves a trace at least this long, so that its id is not taken anew meanwhile. */
export const ENDED_TRACE_MS = 10 * 60_000;

/** A session and for how long it may be live yet. */
interface OwnedSession {
  sid: string;
  userId: string;
  ttlMs: number;
}

/**
 * Notes whose session an id names, for those who know the id alone, for as long as the session and what
 * is left of it may be there.
 * @param redis AccountRedis; RedisCommands for who moves old keys
 * @returns false when the id is of another user
 */
export async function claimSession(
  redis: Pick<RedisCommands, 'run'>,
  keys: AccountKeys,
  { sid, userId, ttlMs }: OwnedSession,
): Promise<boolean> {
  const claimed = await redis.run(
    claimScript,
    [keys.sessionOwner(sid)],
    [userId, Math.max(0, ttlMs) + ENDED_TRACE_MS],
  );
  return claimed === 1;
}
