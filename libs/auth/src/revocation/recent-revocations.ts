import { type Principal } from '#libs/contracts';
import { type EndOrder } from './revocations.store.js';

/** Longer than any time between the check of a session in Redis and the registration of its socket. */
const REMEMBERED_MS = 5 * 60_000;

/**
 * What this instance knows to be revoked: for some minutes the sessions that have ended, and for as
 * long as it takes what it could not write to Redis yet.
 */
export class RecentRevocations {
  /** In the order in which they are forgotten: session id to the time of that. */
  private readonly ended = new Map<string, number>();
  private readonly held = new Map<string, number>();

  constructor(private readonly now: () => number = Date.now) {}

  remember(sid: string): void {
    this.forgetOld();
    this.ended.delete(sid);
    this.ended.set(sid, this.now() + REMEMBERED_MS);
  }

  /** Refuses what the order names until the returned function is called. */
  hold(order: EndOrder): () => void {
    const key = keyOf(order.userId, order.kind === 'session' ? order.sid : null);
    this.held.set(key, (this.held.get(key) ?? 0) + 1);
    return () => {
      const holders = this.held.get(key) ?? 0;
      if (holders > 1) this.held.set(key, holders - 1);
      else this.held.delete(key);
    };
  }

  has({ userId, sid }: Pick<Principal, 'userId' | 'sid'>): boolean {
    const forgottenAt = this.ended.get(sid);
    if (forgottenAt !== undefined && forgottenAt > this.now()) return true;
    if (this.held.size === 0) return false;
    return (
      this.held.has(keyOf(userId, null)) ||
      this.held.has(keyOf(userId, sid)) ||
      this.held.has(keyOf(null, sid))
    );
  }

  private forgetOld(): void {
    for (const [sid, forgottenAt] of this.ended) {
      if (forgottenAt > this.now()) return;
      this.ended.delete(sid);
    }
  }
}

/** `*` stands in no id. */
function keyOf(userId: string | null, sid: string | null): string {
  return `${userId ?? '*'}/${sid ?? '*'}`;
}
