import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Namespace, namespacePolicies, type Hello } from '#libs/contracts';
import { until } from '#libs/testing';
import { NAMESPACE_POLICIES } from '../src/socket/connection/namespace-authentication.js';
import { TestCluster } from './cluster.js';

describe('a namespace that admits guests', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({ instances: 1 });
    const policies: Record<string, unknown> = cluster.instances[0]!.app.get(NAMESPACE_POLICIES, {
      strict: false,
    });
    policies[Namespace.visitors] = {
      ...namespacePolicies[Namespace.visitors],
      guests: true,
      limits: { ratePerSecond: 1, rateBurst: 2 },
    };
  });
  afterAll(() => cluster.close());

  it('[NSP2] lets in whoever has no token, each as somebody else', async () => {
    const guests = [0, 1].map(() => cluster.openBare(Namespace.visitors, 0, {}));
    const hellos = await Promise.all(guests.map((guest) => guest.waitFor<Hello>('hello')));
    expect(hellos[0]!.userId).toMatch(/^guest-/);
    expect(hellos[0]!.userId).not.toBe(hellos[1]!.userId);
    expect(new Date(hellos[0]!.expiresAt).getTime()).toBeGreaterThan(Date.now());
  });

  it('[NSP2] refuses a wrong token all the same, and guests everywhere else', async () => {
    const forger = cluster.openBare(Namespace.visitors, 0, { token: 'wrong' });
    const stranger = cluster.openBare(Namespace.drivers, 0, {});
    await until('both are refused', () => forger.refusals.length + stranger.refusals.length === 2);
    expect(forger.refusals).toMatchObject([{ data: { code: 'TOKEN_INVALID' } }]);
    expect(stranger.refusals).toMatchObject([{ data: { code: 'AUTH_REQUIRED' } }]);
  });

  it('[NSP2] has limits of its own', async () => {
    const guest = cluster.openBare(Namespace.visitors, 0, {});
    await guest.waitFor('hello');
    const answers = [1, 2, 3].map(() => guest.answersTo('auth:refresh', { token: 'wrong' }));
    await until('the third is answered', () => answers[2]!.length === 1);
    expect(answers[2]).toEqual([
      [{ ok: false, error: expect.objectContaining({ code: 'RATE_LIMITED' }) }],
    ]);
  });
});
