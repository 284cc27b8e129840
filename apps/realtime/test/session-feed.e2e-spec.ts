import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { Namespace, UserType, type AppAudience } from '#libs/contracts';
import { until, type ToldClient } from '#libs/testing';
import { NAMESPACE_OF, TestCluster } from './cluster.js';

const PASSWORD = 'correct horse';
const AUDIENCE_OF: Record<UserType, AppAudience> = {
  driver: 'driver_app',
  passenger: 'passenger_app',
  admin: 'admin_panel',
};

interface Login {
  sid: string;
  accessToken: string;
  refreshToken: string;
}

describe('what is told of logins and refreshes', () => {
  let cluster: TestCluster;
  let people = 0;

  beforeAll(async () => {
    cluster = await TestCluster.start();
  });
  afterAll(() => cluster.close());

  const post = async (instance: number, path: string, body: object): Promise<Login> => {
    const answer = await fetch(`${cluster.url(instance)}/api/auth/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { data: Login }).data;
  };
  const person = async (userType: UserType) => {
    const email = `${userType}-${(people += 1)}@example.com`;
    const accounts = cluster.instances[0]!.app.get(AccountsService, { strict: false });
    const { id } = await accounts.create({ userType, email, password: PASSWORD });
    const login = (instance: number) =>
      post(instance, 'login', {
        email,
        password: PASSWORD,
        appAudience: AUDIENCE_OF[userType],
        // A web session has its refresh token in a cookie.
        sessionType: 'mobile_app',
        deviceInfo: 'phone of a test',
      });
    return { id, userType, login };
  };
  const connect = (userType: UserType, instance: number, token: string) =>
    cluster.openApp(NAMESPACE_OF[userType], { token }, instance);
  const told = (client: ToldClient) =>
    client.received.map(({ event }) => event).filter((event) => /^(admin:)?auth:/.test(event));

  it.each(Object.values(UserType))(
    '[LEAK1] a login of a %s is told to its other devices and to dispatchers on every instance, and to nobody else',
    async (userType) => {
      const self = await person(userType);
      const first = await self.login(0);
      const devices = await Promise.all(
        [0, 1].map((instance) => connect(userType, instance, first.accessToken)),
      );
      const admins = await Promise.all([0, 1].map(async () => person(UserType.admin)));
      const dispatchers = await Promise.all(
        admins.map(async (admin, i) =>
          connect(UserType.admin, i, (await admin.login(i)).accessToken),
        ),
      );
      const strangers: ToldClient[] = [];
      for (const [i, type] of [UserType.driver, UserType.passenger].entries()) {
        const stranger = await person(type);
        strangers.push(await connect(type, i, (await stranger.login(1)).accessToken));
      }
      const second = await self.login(1);
      for (const device of devices) {
        await device.waitFor('auth:logged_in');
        expect(device.payloads('auth:logged_in')).toEqual([
          { sid: second.sid, at: expect.any(String) },
        ]);
      }
      for (const dispatcher of dispatchers) {
        await dispatcher.waitFor<{ sid: string }>(
          'admin:auth:user_logged_in',
          ({ sid }) => sid === second.sid,
        );
        expect(dispatcher.payloads('admin:auth:user_logged_in')).toContainEqual({
          userId: self.id,
          userType,
          sid: second.sid,
          sessionType: expect.any(String),
          at: expect.any(String),
          deviceInfo: 'phone of a test',
        });
      }
      await post(0, 'refresh', { refreshToken: second.refreshToken });
      for (const client of [...devices, ...dispatchers]) {
        await client.waitFor<{ oldSid: string }>(
          'auth:session_refreshed',
          ({ oldSid }) => oldSid === second.sid,
        );
      }
      // Messages to one instance come in order: these are behind all that could have leaked.
      const last = await self.login(0);
      await until('the last login is told', () =>
        [...devices, ...dispatchers].every((client) =>
          JSON.stringify(client.received).includes(last.sid),
        ),
      );
      // Once, also to a dispatcher whose own device it is.
      for (const client of [...devices, ...dispatchers])
        expect(
          client
            .payloads<{ oldSid: string }>('auth:session_refreshed')
            .filter(({ oldSid }) => oldSid === second.sid),
        ).toEqual([{ oldSid: second.sid, newSid: second.sid, at: expect.any(String) }]);
      for (const stranger of strangers) expect(told(stranger)).toEqual([]);
      if (userType !== UserType.admin) {
        for (const device of devices)
          expect(told(device)).not.toContain('admin:auth:user_logged_in');
      }
    },
  );

  it('[LEAK1] a device hears nothing of its own login', async () => {
    const self = await person(UserType.driver);
    const { accessToken, sid } = await self.login(0);
    const device = await connect(UserType.driver, 1, accessToken);
    await cluster.openApp(Namespace.chat, { token: accessToken }, 1);
    const other = await self.login(0);
    await device.waitFor('auth:logged_in');
    expect(device.payloads<{ sid: string }>('auth:logged_in').map((each) => each.sid)).toEqual([
      other.sid,
    ]);
    expect(other.sid).not.toBe(sid);
  });
});
