import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Environment } from '#libs/config';
import { Namespace, UserType } from '#libs/contracts';
import { AccountsService } from '#libs/accounts';
import { TestCluster } from './cluster.js';

const secret = (name: string) => `${name}-secret-of-32-characters-or-more!`;
const LOGIN = { email: 'rider@example.com', password: 'correct horse' };

/** The steps of OPERATIONS.md, one after the other on each instance. */
const STEPS = {
  before: {
    JWT_ACCESS_SECRET: secret('access-old'),
    JWT_REFRESH_SECRET: secret('refresh-old'),
    ADMIN_API_KEY: secret('key-old'),
  },
  acceptNew: {
    JWT_ACCESS_SECRET: secret('access-old'),
    JWT_ACCESS_SECRET_ACCEPTED: secret('access-new'),
    JWT_REFRESH_SECRET: secret('refresh-old'),
    JWT_REFRESH_SECRET_ACCEPTED: secret('refresh-new'),
    ADMIN_API_KEY: secret('key-old'),
    ADMIN_API_KEY_ACCEPTED: secret('key-new'),
  },
  useNew: {
    JWT_ACCESS_SECRET: secret('access-new'),
    JWT_ACCESS_SECRET_ACCEPTED: secret('access-old'),
    JWT_REFRESH_SECRET: secret('refresh-new'),
    JWT_REFRESH_SECRET_ACCEPTED: secret('refresh-old'),
    ADMIN_API_KEY: secret('key-new'),
    ADMIN_API_KEY_ACCEPTED: secret('key-old'),
  },
  forgetOld: {
    JWT_ACCESS_SECRET: secret('access-new'),
    JWT_REFRESH_SECRET: secret('refresh-new'),
    ADMIN_API_KEY: secret('key-new'),
  },
} satisfies Record<string, Partial<Environment>>;

interface Tokens {
  accessToken: string;
  refreshToken: string;
}

describe('secrets that are changed', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({ instances: 0 });
    await start(STEPS.before);
    await start(STEPS.before);
    await cluster.instances[0]!.app.get(AccountsService, { strict: false }).create({
      userType: UserType.passenger,
      ...LOGIN,
    });
  });
  afterAll(() => cluster?.close());

  const NONE = {
    JWT_ACCESS_SECRET_ACCEPTED: undefined,
    JWT_REFRESH_SECRET_ACCEPTED: undefined,
    ADMIN_API_KEY_ACCEPTED: undefined,
  };
  async function start(step: Partial<Environment>): Promise<void> {
    await cluster.addInstance({ ...NONE, ...step });
  }
  /** The older one of the two is replaced by one of the next step. */
  async function replaceOne(step: Partial<Environment>): Promise<void> {
    await start(step);
    await cluster.instances.shift()!.app.close();
  }

  async function post(instance: number, path: string, body: object): Promise<Tokens> {
    const response = await fetch(`${cluster.url(instance)}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { data, error } = (await response.json()) as { data: Tokens; error?: { reason: string } };
    if (!response.ok) throw new Error(error?.reason);
    return data;
  }
  const login = (instance: number) =>
    post(instance, 'auth/login', { ...LOGIN, appAudience: 'passenger_app' });
  const refresh = (instance: number, { refreshToken }: Tokens) =>
    post(instance, 'auth/refresh', { refreshToken });

  const admits = async (instance: number, token: string): Promise<boolean> => {
    const client = cluster.openBare(Namespace.passengers, instance, { token });
    const hello = client.waitFor('hello').then(() => true);
    const refused = new Promise<boolean>((resolve) =>
      client.socket.once('connect_error', () => resolve(false)),
    );
    const isIn = await Promise.race([hello, refused]);
    hello.catch(() => undefined);
    client.close();
    return isIn;
  };
  const opens = async (instance: number, key: string): Promise<boolean> => {
    const response = await fetch(`${cluster.url(instance)}/api/admin/system`, {
      headers: { 'x-api-key': key },
    });
    return response.ok;
  };
  /** Old tokens and those that each instance gives now are right on both; a lost answer is given again by the other. */
  async function nobodyNotices(old: Tokens): Promise<void> {
    for (const from of [0, 1]) {
      const fresh = await login(from);
      for (const at of [0, 1]) {
        expect(await admits(at, fresh.accessToken)).toBe(true);
        expect(await admits(at, old.accessToken)).toBe(true);
      }
      await refresh(from, fresh);
      const again = await refresh(1 - from, fresh);
      const next = await refresh(from, again);
      expect(await admits(1 - from, next.accessToken)).toBe(true);
    }
  }

  it('[AUTH14] three rollouts change them while clients are connected, and nobody is logged out', async () => {
    const old = await login(0);
    let kept = await login(1);
    const connected = await cluster.openApp(Namespace.passengers, { token: old.accessToken }, 1);
    await replaceOne(STEPS.acceptNew);
    await nobodyNotices(old);
    // The connected client swaps its token in-band for one of the other instance.
    await connected.ask('auth:refresh', { token: (await refresh(1, old)).accessToken });
    await replaceOne(STEPS.acceptNew);
    expect(await opens(0, secret('key-old'))).toBe(true);
    expect(await opens(0, secret('key-new'))).toBe(true);
    await replaceOne(STEPS.useNew);
    await nobodyNotices(old);
    // One that began before goes on with a token of the new key, on an instance that signs with the old one.
    kept = await refresh(1, kept);
    kept = await refresh(0, kept);
    await replaceOne(STEPS.useNew);
    kept = await refresh(0, kept);
    await replaceOne(STEPS.forgetOld);
    await replaceOne(STEPS.forgetOld);
    kept = await refresh(1, kept);
    for (const at of [0, 1]) {
      expect(await admits(at, kept.accessToken)).toBe(true);
      expect(await admits(at, old.accessToken)).toBe(false);
      expect(await opens(at, secret('key-new'))).toBe(true);
      expect(await opens(at, secret('key-old'))).toBe(false);
    }
  });
});
