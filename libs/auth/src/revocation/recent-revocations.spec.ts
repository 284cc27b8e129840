import { describe, expect, it } from 'vitest';
import { SessionEndReason, UserType, type Principal } from '#libs/contracts';
import { RecentRevocations } from './recent-revocations.js';

const principal = (userId: string, sid: string): Principal => ({
  userId,
  sid,
  userType: UserType.driver,
  expiresAt: 0,
});
const reason = SessionEndReason.revokedByAdmin;

describe('what an instance knows to be revoked', () => {
  it('[AUTH2] An ended session is known for minutes, then forgotten', () => {
    let now = 0;
    const recent = new RecentRevocations(() => now);
    recent.remember('s1');
    expect(recent.has(principal('u1', 's1'))).toBe(true);
    expect(recent.has(principal('u1', 's2'))).toBe(false);
    now = 4 * 60_000;
    expect(recent.has(principal('u1', 's1'))).toBe(true);
    now = 6 * 60_000;
    expect(recent.has(principal('u1', 's1'))).toBe(false);
  });

  it('[AUTH2] A held user is refused whatever the session, until every holder lets go', () => {
    const recent = new RecentRevocations();
    const order = { kind: 'user', userId: 'u1', reason } as const;
    const releases = [recent.hold(order), recent.hold(order)];
    releases[0]?.();
    expect(recent.has(principal('u1', 'any'))).toBe(true);
    expect(recent.has(principal('u2', 'any'))).toBe(false);
    releases[1]?.();
    expect(recent.has(principal('u1', 'any'))).toBe(false);
  });

  it('[AUTH2] A held session is refused for the named user only, or for whoever has it', () => {
    const recent = new RecentRevocations();
    const release = recent.hold({ kind: 'session', sid: 's1', userId: 'u1', reason });
    expect(recent.has(principal('u1', 's1'))).toBe(true);
    expect(recent.has(principal('u2', 's1'))).toBe(false);
    release();
    recent.hold({ kind: 'session', sid: 's1', userId: null, reason });
    expect(recent.has(principal('u2', 's1'))).toBe(true);
  });
});
