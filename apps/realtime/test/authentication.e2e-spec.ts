import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountBlocks } from '#libs/auth';
import { Namespace, namespacePolicies, UserType, type Hello } from '#libs/contracts';
import { until } from '#libs/testing';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { TestCluster, type TestUser } from './cluster.js';
import { RawClient } from './raw-client.js';
import { TrialGateway, TrialModule } from './trial.gateway.js';

const ORIGIN = 'https://dispatch.example.com';

/** What clients send that have no token. */
const NO_TOKENS = [{}, ...[1, {}, [], null, ''].map((token) => ({ token }))];
const FOR_EVERYBODY = [Namespace.chat, Namespace.rooms, Namespace.tracking, Namespace.visitors];

describe('who gets a socket', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: { WS_CORS_ORIGIN: `${ORIGIN},https://other.example.com` },
      extraModules: [TrialModule],
    });
  });
  afterAll(() => cluster.close());

  const refusal = async (
    namespace: `/${string}`,
    auth: Record<string, unknown>,
    instance = 0,
  ): Promise<unknown> => {
    const client = cluster.openBare(namespace, instance, auth);
    await until(
      'it is refused or greeted',
      () => client.refusals.length > 0 || client.received.length > 0,
    );
    expect(client.received).toEqual([]);
    return client.refusals[0]!.data;
  };
  const registry = (instance: number) => cluster.instances[instance]!.app.get(ConnectionRegistry);
  const requestsOn = (instance: number) =>
    cluster.instances[instance]!.app.get(TrialGateway).handled;

  it('[AUTH1] nobody gets a socket without a token that can be verified', async () => {
    const user = await cluster.addUser('driver');
    const expired = await cluster.tokenFor(user, -1_000);
    for (const namespace of Object.values(Namespace)) {
      for (const token of ['garbage', `${user.token}x`, `${user.token.split('.', 2).join('.')}.`]) {
        expect(await refusal(namespace, { token })).toEqual({
          code: 'TOKEN_INVALID',
          retryable: false,
        });
      }
      // Guests name no token; a wrong one is refused to them as well.
      const withoutToken = namespacePolicies[namespace].guests === true ? [] : NO_TOKENS;
      for (const auth of withoutToken) {
        expect(await refusal(namespace, auth)).toEqual({
          code: 'AUTH_REQUIRED',
          retryable: false,
        });
      }
      expect(await refusal(namespace, { token: expired })).toEqual({
        code: 'TOKEN_EXPIRED',
        retryable: true,
      });
    }
  });

  it('[AUTH1] who connects without a token is told where it is read', async () => {
    const client = cluster.openBare(Namespace.drivers, 0, {});
    await until('it is refused', () => client.refusals.length > 0);
    expect(client.refusals[0]!.message).toMatch(/auth: \{ token \}.* not read from the address/);
  });

  it('[AUTH1] nobody gets a socket whose session or account is not live', async () => {
    const admin = await cluster.addUser('admin');
    const users: Record<string, TestUser> = {
      SESSION_REVOKED: await cluster.addUser('driver'),
      ACCOUNT_SUSPENDED: await cluster.addUser('driver'),
      ACCOUNT_BANNED: await cluster.addUser('driver'),
    };
    await fetch(`${cluster.url(0)}/api/admin/sessions/${users['SESSION_REVOKED']!.sid}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${admin.token}` },
    });
    const blocks = cluster.instances[0]!.app.get(AccountBlocks, { strict: false });
    await blocks.suspend(users['ACCOUNT_SUSPENDED']!.userId, 'test');
    await blocks.ban(users['ACCOUNT_BANNED']!.userId, 'test');
    for (const [code, { token }] of Object.entries(users)) {
      for (const instance of [0, 1]) {
        const told = (await refusal(Namespace.drivers, { token }, instance)) as { code: string };
        expect(told).toMatchObject({ retryable: false });
        // An account that is blocked has no sessions either: both codes are true.
        expect(code.startsWith('ACCOUNT') ? [code, 'SESSION_REVOKED'] : [code]).toContain(
          told.code,
        );
      }
    }
    const unknown = { userId: 'nobody', sid: 'no-session', userType: UserType.driver };
    expect(
      await refusal(Namespace.drivers, { token: await cluster.tokenFor(unknown) }),
    ).toMatchObject({
      code: 'SESSION_REVOKED',
    });
  });

  it('[AUTH1] a token names no other user and no other type than its session has', async () => {
    const [driver, other] = [await cluster.addUser('driver'), await cluster.addUser('driver')];
    const stolen = await cluster.tokenFor({ ...driver, userId: other.userId });
    const risen = await cluster.tokenFor({ ...driver, userType: UserType.admin });
    expect(await refusal(Namespace.drivers, { token: stolen })).toMatchObject({
      code: 'TOKEN_INVALID',
    });
    expect(await refusal(Namespace.admin, { token: risen })).toMatchObject({
      code: 'TOKEN_INVALID',
    });
  });

  it('[NSP1] each user type gets into its own namespace and into those for everybody only', async () => {
    const admitted: Record<UserType, string[]> = {
      driver: [Namespace.drivers, ...FOR_EVERYBODY],
      passenger: [Namespace.passengers, ...FOR_EVERYBODY],
      admin: [Namespace.admin, ...FOR_EVERYBODY],
    };
    for (const userType of Object.values(UserType)) {
      const user = await cluster.addUser(userType);
      for (const nsp of Object.values(Namespace)) {
        if (admitted[userType].includes(nsp)) {
          const client = cluster.openBare(nsp, 1, { token: user.token });
          expect(await client.waitFor<Hello>('hello')).toMatchObject({
            ok: true,
            nsp,
            sid: user.sid,
            userId: user.userId,
            expiresAt: expect.any(Number),
            serverTime: expect.any(Number),
          });
        } else {
          expect(await refusal(nsp, { token: user.token })).toEqual({
            code: 'NAMESPACE_FORBIDDEN',
            retryable: false,
          });
        }
      }
    }
  });

  it('[AUTH1] the default namespace refuses everybody, an unknown one as well', async () => {
    for (const userType of Object.values(UserType)) {
      const { token } = await cluster.addUser(userType);
      expect(await refusal('/', { token })).toEqual({ code: 'NAMESPACE_CLOSED', retryable: false });
      expect(await refusal('/unknown', { token })).toEqual({
        code: 'NAMESPACE_UNKNOWN',
        retryable: false,
      });
    }
    // A query behind the name, as clients of Socket.IO 2 sent it, is part of the name.
    const raw = await RawClient.open(cluster.url(0));
    raw.send('40/drivers?token=x,');
    await raw.waitFor((packet) => packet.startsWith('44/drivers?token=x,{"message":"There is no'));
    raw.close();
    expect(await refusal('/', {})).toEqual({ code: 'NAMESPACE_CLOSED', retryable: false });
  });

  it('[NSP1] the token may come in the Authorization header, with and without auth', async () => {
    const user = await cluster.addUser('passenger');
    const extraHeaders = { authorization: `Bearer ${user.token}` };
    const client = cluster.openBare(Namespace.passengers, 0, {}, { extraHeaders });
    await client.waitFor('hello');
    const raw = await RawClient.open(cluster.url(0), { Authorization: `bearer ${user.token}` });
    raw.send('40/passengers,');
    await raw.waitFor((packet) => packet.startsWith('42/passengers,["hello"'));
    raw.close();
    // Older servers took it without a scheme as well.
    const bare = { extraHeaders: { authorization: user.token } };
    await cluster.openBare(Namespace.passengers, 0, {}, bare).waitFor('hello');
    // As a file or a shell gives it.
    const prefixed = cluster.openBare(Namespace.passengers, 0, {
      token: ` Bearer ${user.token}\n`,
    });
    await prefixed.waitFor('hello');
  });

  it('[AUTH1] an event right behind CONNECT, in one write, is not handled and ends the connection', async () => {
    const user = await cluster.addUser('passenger');
    const raw = await RawClient.open(cluster.url(0));
    raw.send(
      `40/passengers,${JSON.stringify({ token: user.token })}`,
      '42/passengers,1["trial:echo","too early"]',
    );
    await raw.waitUntilClosed();
    const late = await RawClient.open(cluster.url(0));
    await late.enter(Namespace.passengers, user.token);
    late.send('42/passengers,1["trial:echo","in time"]');
    await late.waitFor((packet) => packet.startsWith('43/passengers,1'));
    expect(requestsOn(0)).toContain('in time');
    expect(requestsOn(0)).not.toContain('too early');
    late.close();
  });

  it('[AUTH1] an event on a namespace that was never connected is not handled and ends the connection', async () => {
    const user = await cluster.addUser('driver');
    for (const packet of [
      '42/passengers,1["trial:echo","nowhere"]',
      '42["trial:echo","nowhere"]',
    ]) {
      const raw = await RawClient.open(cluster.url(0));
      await raw.enter(Namespace.drivers, user.token);
      raw.send(packet);
      await raw.waitUntilClosed();
    }
    expect(requestsOn(0)).not.toContain('nowhere');
  });

  it('[NSP1] a second CONNECT while the first is under way is refused, nothing is delivered twice', async () => {
    const user = await cluster.addUser('passenger');
    const raw = await RawClient.open(cluster.url(0));
    const connect = `40/passengers,${JSON.stringify({ token: user.token })}`;
    raw.send(connect, connect, connect);
    await raw.waitFor((packet) => packet.startsWith('42/passengers,["hello"'));
    raw.send('42/passengers,7["trial:echo","once"]');
    await raw.waitFor((packet) => packet.startsWith('43/passengers,7'));
    const refused = raw.received.filter((packet) => packet.startsWith('44/passengers,'));
    expect(refused.map((packet) => JSON.parse(packet.slice('44/passengers,'.length)).data)).toEqual(
      [
        { code: 'ALREADY_CONNECTED', retryable: false },
        { code: 'ALREADY_CONNECTED', retryable: false },
      ],
    );
    expect(raw.received.filter((packet) => packet.startsWith('40/passengers,'))).toHaveLength(1);
    expect(
      raw.received.filter((packet) => packet.startsWith('42/passengers,["hello"')),
    ).toHaveLength(1);
    expect(requestsOn(0).filter((value) => value === 'once')).toHaveLength(1);
    expect(registry(0).ofUser(user.userId)).toHaveLength(1);
    raw.close();
  });

  it('[NSP1] a second CONNECT of a namespace that is open ends the connection', async () => {
    const user = await cluster.addUser('passenger');
    const raw = await RawClient.open(cluster.url(0));
    await raw.enter(Namespace.passengers, user.token);
    raw.send(`40/passengers,${JSON.stringify({ token: user.token })}`);
    await raw.waitUntilClosed();
    await until('it is forgotten', () => registry(0).ofUser(user.userId).length === 0);
  });

  it('[LIM1] hundreds of CONNECTs end the connection, to unknown namespaces as well', async () => {
    const user = await cluster.addUser('passenger');
    const auth = JSON.stringify({ token: user.token });
    // Socket.IO's parser takes a blank for a zero.
    for (const packet of [`40/passengers,${auth}`, '40/unknown,{}', '40', '4 ', '4 /unknown,{}']) {
      const raw = await RawClient.open(cluster.url(0));
      raw.send(...Array.from({ length: 500 }, () => packet));
      await raw.waitUntilClosed();
      // Twelve CONNECTs, at most two refusals each.
      expect(raw.received.length).toBeLessThan(30);
    }
    await until('nothing is left', () => registry(0).ofUser(user.userId).length === 0);
  });

  it('[NSP1] a client may leave a namespace and enter it again on the same connection', async () => {
    const user = await cluster.addUser('passenger');
    const raw = await RawClient.open(cluster.url(0));
    const hellos = () =>
      raw.received.filter((packet) => packet.startsWith('42/passengers,["hello"'));
    for (let times = 1; times <= 3; times += 1) {
      raw.send(`40/passengers,${JSON.stringify({ token: user.token })}`);
      await until('it is greeted', () => hellos().length === times);
      raw.send('41/passengers,');
      await until('it has left', () => registry(0).ofUser(user.userId).length === 0);
    }
    raw.close();
  });

  it('[LIM1] a connection that is in no namespace does not stay', async () => {
    // Long enough for one that enters: a busy machine takes its time for that as well.
    const { url } = await cluster.addInstance({ WS_CONNECT_TIMEOUT: 5_000 });
    const user = await cluster.addUser('passenger');
    const silent = await RawClient.open(url);
    const left = await RawClient.open(url);
    await left.enter(Namespace.passengers, user.token);
    left.send('41/passengers,');
    await Promise.all([silent.waitUntilClosed(), left.waitUntilClosed()]);
    expect([silent.isClosed, left.isClosed]).toEqual([true, true]);
  });

  it('[AUTH1] a gateway method gets the principal of the token, never of the payload', async () => {
    const user = await cluster.addUser('passenger');
    const client = await cluster.connect(user, 0, { userId: 'other', sid: 'other' });
    const answer = await client.ask('trial:guarded', { count: 1, userId: 'other' });
    expect(answer).toEqual({ wrapped: { count: 1, userId: user.userId } });
  });

  it('[LIM2] a browser of a foreign origin is refused at the handshake', async () => {
    const foreign = await RawClient.open(cluster.url(0), { Origin: 'https://evil.example.com' });
    expect(foreign.handshake).toMatch(/^HTTP\/1.1 40[03]/);
    expect(foreign.handshake).not.toContain('101');
    for (const origin of ['null', `${ORIGIN}.evil.com`, `http://dispatch.example.com`]) {
      expect((await RawClient.open(cluster.url(0), { Origin: origin })).handshake).not.toContain(
        ' 101 ',
      );
    }
  });

  it('[LIM2] an app that sends the own address of the server gets in, polls and uses REST', async () => {
    const own = cluster.url(0);
    const { port } = new URL(own);
    for (const origin of [own, `ws://127.0.0.1:${port}`, `HTTP://127.0.0.1:${port}/`]) {
      const client = await RawClient.open(own, { Origin: origin });
      expect(client.handshake, origin).toContain(' 101 ');
      client.close();
    }
    const polled = (origin: string) =>
      fetch(`${own}/socket.io/?EIO=4&transport=polling`, { headers: { origin } });
    for (const origin of [own, ORIGIN]) {
      const answer = await polled(origin);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    }
    const foreign = await polled('https://evil.example.com');
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    expect(await foreign.json()).toMatchObject({
      code: 4,
      reason: 'ORIGIN_FORBIDDEN',
      message: expect.stringContaining('WS_CORS_ORIGIN'),
    });
    const preflight = await fetch(`${own}/socket.io/?EIO=4&transport=polling`, {
      method: 'OPTIONS',
      headers: {
        origin: ORIGIN,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization');
  });

  it('[LIM2] an allowed origin, and an app that sends none, get in', async () => {
    const user = await cluster.addUser('passenger');
    for (const headers of [{ Origin: ORIGIN }, {}] as Record<string, string>[]) {
      const client = await RawClient.open(cluster.url(0), headers);
      await client.enter(Namespace.passengers, user.token);
      expect(client.handshake).toContain(' 101 ');
      client.close();
    }
  });
});
