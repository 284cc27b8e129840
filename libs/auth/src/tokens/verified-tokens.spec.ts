import { afterEach, describe, expect, it, vi } from 'vitest';
import { UserType, type Principal } from '#libs/contracts';
import { VerifiedTokens } from './verified-tokens.js';

function principal(userId: string, inMs = 60_000): Principal {
  return { userId, sid: 's1', userType: UserType.driver, expiresAt: Date.now() + inMs };
}

describe(VerifiedTokens.name, () => {
  afterEach(() => vi.useRealTimers());

  it('[AUTH10] a token is known again by every character of it', () => {
    const tokens = new VerifiedTokens(10);
    tokens.keep('head.claims.signature', principal('u1'));
    expect(tokens.find('head.claims.signature')?.userId).toBe('u1');
    for (const other of ['head.claims.signaturf', 'head.claims.', 'head.claimz.signature', '']) {
      expect(tokens.find(other)).toBeUndefined();
    }
  });

  it('[AUTH10] a token that has ended is no longer known', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const tokens = new VerifiedTokens(10);
    tokens.keep('token', principal('u1', 1_000));
    vi.setSystemTime(Date.now() + 999);
    expect(tokens.find('token')).toBeDefined();
    vi.setSystemTime(Date.now() + 1);
    expect(tokens.find('token')).toBeUndefined();
  });

  it('[LIM1] no more are kept than there is room for: the first go first', () => {
    const tokens = new VerifiedTokens(2);
    for (const name of ['a', 'b', 'b', 'c']) tokens.keep(name, principal(name));
    expect(['a', 'b', 'c'].map((name) => tokens.find(name)?.userId)).toEqual([undefined, 'b', 'c']);
  });
});
