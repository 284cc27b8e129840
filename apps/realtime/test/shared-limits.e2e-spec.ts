import { afterEach, describe, expect, it } from 'vitest';
import { type Ack, Namespace } from '#libs/contracts';
import { type BareSocket, until } from '#libs/testing';
import { NAMESPACE_OF, TestCluster, type TestUser } from './cluster.js';
import { RawClient } from './raw-client.js';
import { TrialModule } from './trial.gateway.js';

/** So slow that nothing is saved up during a test. */
const SLOWLY = '1';
const MOST_CALLS = 200;

describe('what one person and one address may cost', () => {
  let cluster: TestCluster;

  const start = async (env: Record<string, string>, instances = 1): Promise<void> => {
    cluster = await TestCluster.start({
      instances,
      env: { TRUST_PROXY_HOPS: '1', ...env },
      extraModules: [TrialModule],
    });
  };
  afterEach(() => cluster.close());

  /** A bare socket: each refusal is counted, and nothing is sent again. */
  const clientFrom = async (user: TestUser, address: string, instance = 0): Promise<BareSocket> => {
    const client = cluster.openBare(
      NAMESPACE_OF[user.userType],
      instance,
      { token: user.token },
      { extraHeaders: { 'X-Forwarded-For': address } },
    );
    await client.waitFor('hello');
    return client;
  };
  const echoes = (client: BareSocket, count: number): Promise<Ack<unknown>[]> =>
    Promise.all(Array.from({ length: count }, () => client.request('trial:echo', 1)));
  const refusedOf = (answers: readonly Ack<unknown>[]): number =>
    answers.filter(({ ok }) => !ok).length;

  it('[LIM8] a user gets no more by opening more sockets, and others are not held up', async () => {
    await start({
      WS_RATE_PER_SECOND: SLOWLY,
      WS_RATE_BURST: '20',
      // Twice that of a socket, and what four connections cost.
      WS_RATE_FACTOR_PER_USER: '3',
      WS_QUEUE_LENGTH: '100',
    });
    const user = await cluster.addUser('passenger');
    const clients = await Promise.all(
      Array.from({ length: 4 }, (_, i) => clientFrom(user, `10.0.0.${i}`)),
    );
    const answers = (await Promise.all(clients.map((client) => echoes(client, 18)))).flat();
    const allowed = answers.length - refusedOf(answers);
    expect(allowed).toBeGreaterThanOrEqual(40);
    expect(allowed).toBeLessThan(60);
    expect(answers.find(({ ok }) => !ok)).toMatchObject({
      error: { code: 'RATE_LIMITED', retryable: true, retryAfterMs: expect.any(Number) },
    });
    const other = await clientFrom(await cluster.addUser('passenger'), '10.0.0.1');
    expect(refusedOf(await echoes(other, 18))).toBe(0);
    expect(clients.every(({ socket }) => socket.connected)).toBe(true);
  });

  it('[LIM8] what a user has spent on one instance it has not on another, over sockets and over REST', async () => {
    const limits = {
      WS_RATE_PER_SECOND: SLOWLY,
      WS_RATE_BURST: '1000',
      WS_RATE_FACTOR_PER_USER: '1',
      WS_QUEUE_LENGTH: '10000',
      REST_RATE_PER_SECOND: SLOWLY,
      REST_RATE_BURST: '200',
    };
    await start(limits, 2);
    const user = await cluster.addUser('passenger');
    const [here, there] = [
      await clientFrom(user, '10.0.0.1', 0),
      await clientFrom(user, '10.0.0.2', 1),
    ];
    expect(refusedOf(await echoes(here, 950))).toBe(0);
    // An eighth of a budget is what an instance gives away before it asks.
    await echoes(there, 130);
    let allowed = 0;
    await until('the other instance has heard', async () => {
      const { ok } = await there.request('trial:echo', 1);
      if (ok) allowed += 1;
      return !ok;
    });
    // By its own count it would have let 870 through.
    expect(allowed).toBeLessThan(600);

    const calls = (path: string, count: number, instance: number) =>
      Promise.all(
        Array.from({ length: count }, () => call(path, user.token, '10.0.0.1', instance)),
      );
    const spent = await calls('/api/trips/history', 38, 0);
    expect(spent.map(({ status }) => status)).toEqual(Array(38).fill(200));
    await calls('/api/trips/history', 6, 1);
    let refused: Called | undefined;
    allowed = 0;
    await until('the other instance has heard', async () => {
      const answer = await call('/api/auth/sessions', user.token, '10.0.0.1', 1);
      if (answer.status === 200) allowed += 1;
      else refused = answer;
      return refused !== undefined;
    });
    expect(refused).toMatchObject({ status: 429, reason: 'RATE_LIMITED' });
    expect(Number(refused!.retryAfter)).toBe(Math.ceil(refused!.retryAfterMs! / 1_000));
    expect(allowed).toBeLessThan(150);
  });

  it('[LIM8] an address gets no more by many users, and others are not held up', async () => {
    await start({
      WS_RATE_PER_SECOND: SLOWLY,
      WS_RATE_BURST: '20',
      WS_RATE_FACTOR_PER_ADDRESS: '2',
      WS_QUEUE_LENGTH: '100',
    });
    const users = await Promise.all(Array.from({ length: 5 }, () => cluster.addUser('passenger')));
    const crowd = await Promise.all(users.slice(0, 4).map((user) => clientFrom(user, '10.0.0.1')));
    const answers = (await Promise.all(crowd.map((client) => echoes(client, 18)))).flat();
    expect(refusedOf(answers)).toBeGreaterThan(10);
    const elsewhere = await clientFrom(users[4]!, '10.0.0.2');
    expect(refusedOf(await echoes(elsewhere, 18))).toBe(0);
  });

  interface Called {
    status: number;
    retryAfter: string | null;
    reason: string | undefined;
    retryAfterMs: number | undefined;
  }
  const call = async (
    path: string,
    token: string,
    address: string,
    instance = 0,
  ): Promise<Called> => {
    const response = await fetch(`${cluster.url(instance)}${path}`, {
      headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': address },
    });
    const { error } = (await response.json()) as {
      error?: { reason: string; retryAfterMs?: number };
    };
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      reason: error?.reason,
      retryAfterMs: error?.retryAfterMs,
    };
  };

  /** So many as it takes: on a busy machine a budget fills up meanwhile. */
  const callUntilRefused = async (ask: (i: number) => Promise<Called>): Promise<Called[]> => {
    const answers: Called[] = [];
    for (let i = 0; answers.at(-1)?.status !== 429 && i < MOST_CALLS; i += 1)
      answers.push(await ask(i));
    return answers;
  };

  it('[LIM8] over REST a user has a budget, is told when to come back, and others are not held up', async () => {
    await start({ REST_RATE_PER_SECOND: SLOWLY, REST_RATE_BURST: '5' });
    const [user, other] = await Promise.all([
      cluster.addUser('passenger'),
      cluster.addUser('passenger'),
    ]);
    const answers = await callUntilRefused((i) =>
      call('/api/auth/sessions', user.token, `10.0.0.${i}`),
    );
    expect(answers.slice(0, 5).map(({ status }) => status)).toEqual(Array(5).fill(200));
    const refused = answers.at(-1)!;
    expect(refused).toMatchObject({ status: 429, reason: 'RATE_LIMITED' });
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    expect(Number(refused.retryAfter)).toBeGreaterThanOrEqual(1);
    expect((await call('/api/auth/sessions', other.token, '10.0.0.1')).status).toBe(200);
    await until(
      'it may ask again',
      async () => (await call('/api/auth/sessions', user.token, '10.0.0.1')).status === 200,
    );
  });

  it('[LIM8] a user that enters again and again, and an address that tries in vain, are told to wait', async () => {
    await start({
      WS_RATE_PER_SECOND: SLOWLY,
      WS_RATE_BURST: '10',
      WS_RATE_FACTOR_PER_USER: '1',
      WS_CONNECTS_PER_SECOND_PER_ADDRESS: '1',
    });
    const user = await cluster.addUser('passenger');
    // Each from another address, so that only the user is counted.
    const answers: (string | undefined)[] = [];
    for (let i = 0; answers.at(-1) !== 'RATE_LIMITED' && i < MOST_CALLS; i += 1) {
      const client = cluster.openBare(
        NAMESPACE_OF.passenger,
        0,
        { token: user.token },
        { extraHeaders: { 'X-Forwarded-For': `10.0.1.${i}` } },
      );
      await until('it is decided', () => client.refusals.length > 0 || client.received.length > 0);
      answers.push(client.refusals[0]?.data?.code);
      client.close();
    }
    expect(answers.slice(0, 2)).toEqual([undefined, undefined]);
    expect(answers.at(-1)).toBe('RATE_LIMITED');

    const raw = await RawClient.open(cluster.url(0), { 'X-Forwarded-For': '10.0.2.1' });
    const tryAll = (namespaces: readonly string[]) =>
      raw.send(...namespaces.map((namespace) => `40${namespace},{"token":"none"}`));
    const refusals = () => raw.received.filter((packet) => packet.startsWith('44'));
    tryAll([Namespace.drivers]);
    await until('it is refused', () => refusals().length === 1);
    expect(refusals()[0]).toContain('TOKEN_INVALID');
    // In one write: however slow the machine is, no try is saved up between two of them.
    const all = Object.values(Namespace);
    tryAll(all);
    await until('each is refused', () => refusals().length === 1 + all.length);
    expect(refusals().some((packet) => /RATE_LIMITED.*retryAfterMs/.test(packet))).toBe(true);
    raw.close();
  });

  it('[LIM8] a search of trips costs more than a look', async () => {
    await start({ REST_RATE_PER_SECOND: SLOWLY, REST_RATE_BURST: '12' });
    const { token } = await cluster.addUser('admin');
    const answers = await callUntilRefused(() => call('/api/admin/trips', token, '10.0.0.1'));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.slice(0, 2)).toEqual([200, 200]);
    expect(statuses).toContain(429);
    // Twelve looks would have been let through.
    expect(statuses.length).toBeLessThan(12);
  });

  it('[LIM8] over REST an address has a budget before anybody looks at its token, where failed calls cost more; health has one of its own', async () => {
    await start({ REST_RATE_PER_SECOND_PER_ADDRESS: SLOWLY, REST_RATE_BURST_PER_ADDRESS: '25' });
    const { token } = await cluster.addUser('passenger');
    const answers = await callUntilRefused(() =>
      call('/api/auth/sessions', 'no token', '10.0.0.1'),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.slice(0, 5)).toEqual(Array(5).fill(401));
    expect(statuses).toContain(429);
    // So many would have been let through if they cost one each.
    expect(statuses.length).toBeLessThan(25);
    expect((await call('/api/auth/sessions', token, '10.0.0.2')).status).toBe(200);
    for (let i = 0; i < 20; i += 1)
      expect((await call('/health/ready', 'no token', '10.0.0.1')).status).toBe(200);
  });
});
