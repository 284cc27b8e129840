import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserType } from '#libs/contracts';
import { testEnvironment } from '#libs/testing';
import { startRest, type RestInstance } from './rest-instance.js';

const API_KEY = 'an-api-key-of-32-characters-or-more';
const headers = { 'x-api-key': API_KEY };
const PASSWORD = 'correct horse';

describe('people over REST on two instances', () => {
  let one: RestInstance;
  let two: RestInstance;

  beforeAll(async () => {
    const environment = testEnvironment({
      ADMIN_API_KEY: API_KEY,
      PHONE_DEFAULT_COUNTRY: 'UY',
      MAX_SESSIONS_PER_USER: '5',
    });
    [one, two] = await Promise.all([startRest(environment), startRest(environment)]);
  });
  afterAll(() => Promise.all([one?.close(), two?.close()]));

  const create = async (userType: UserType, person: object): Promise<string> => {
    const body = { userType, password: PASSWORD, ...person };
    const answer = await one.call('POST', 'admin/users', { headers, body });
    expect(answer.status).toBe(201);
    return (answer.body.data as { id: string }).id;
  };
  const search = async (q: string, more = '') => {
    const answer = await two.call('GET', `admin/users?q=${encodeURIComponent(q)}${more}`, {
      headers,
    });
    expect([q, answer.status]).toEqual([q, 200]);
    return {
      ids: (answer.body.data as { id: string }[]).map(({ id }) => id),
      meta: answer.body.meta,
    };
  };

  it('[ACC10] Admins find people by the words of a name, a part of the address or number, and the whole id', async () => {
    const jose = await create(UserType.passenger, {
      name: 'José Peña García',
      phoneNumber: '099 123 456',
    });
    const maria = await create(UserType.passenger, {
      name: 'María Peñarol',
      email: 'maria@example.com',
    });
    const driver = await create(UserType.driver, { name: 'Pena Sosa', email: 'sosa@example.org' });
    for (const [q, ids] of [
      ['pena', [driver, maria, jose]],
      ['JOSE', [jose]],
      ['garcia jos', [jose]],
      ['peña mar', [maria]],
      ['rcia', []],
      ['maria@example.com', [maria]],
      ['MARIA@EXAMPLE.COM', [maria]],
      ['example.org', [driver]],
      ['099123456', [jose]],
      ['+598 99 123 456', [jose]],
      ['123 456', [jose]],
      [jose, [jose]],
      ['nobody at all', []],
    ] as const) {
      const found = await search(q);
      expect([q, found.ids]).toEqual([q, ids]);
      expect(found.meta).toMatchObject({ total: ids.length, isComplete: true });
    }
    expect((await search('pena', '&userType=driver')).ids).toEqual([driver]);
    expect((await search(jose, '&userType=driver')).ids).toEqual([]);
    const pages = [await search('pena', '&limit=2'), await search('pena', '&limit=2&page=2')];
    expect(pages.map(({ ids }) => ids)).toEqual([[driver, maria], [jose]]);
    const odd = await two.call('GET', 'admin/users?q=', { headers });
    expect(odd.status).toBe(400);
  });

  it('[MAP8] a driver is found by a part of the number plate, as people write it', async () => {
    const driver = await create(UserType.driver, {
      name: 'Ana Conduce',
      email: 'ana@example.com',
    });
    const vehicle = { make: 'Fiat', model: 'Cronos', color: 'white', plate: 'SBE 4321' };
    const put = await one.call('PUT', `admin/users/${driver}/vehicle`, { headers, body: vehicle });
    expect(put.status).toBe(200);
    for (const q of ['sbe4321', 'SBE-4321', 'sbe 43', '4321'])
      expect([q, (await search(q, '&userType=driver')).ids]).toEqual([q, [driver]]);
    expect((await search('sb', '&userType=driver')).ids).toEqual([]);
    expect((await search('sbe 4322')).ids).toEqual([]);
  });

  it('[AUTH7] A user signs out everywhere: every session of it ends, and no others', async () => {
    const email = 'everywhere@example.com';
    await create(UserType.driver, { email });
    await create(UserType.driver, { email: 'other@example.com' });
    const login = async (whose: string) => {
      const answer = await one.call('POST', 'auth/login', {
        body: { email: whose, password: PASSWORD, appAudience: 'driver_app' },
      });
      return (answer.body.data as { accessToken: string }).accessToken;
    };
    const [first, second, other] = [
      await login(email),
      await login(email),
      await login('other@example.com'),
    ];
    const ended = await two.call('DELETE', 'auth/sessions', { token: first });
    expect(ended).toMatchObject({ status: 200, body: { data: { revoked: 2 } } });
    for (const token of [first, second]) {
      const refused = await one.call('GET', 'auth/sessions', { token });
      expect(refused.body.error?.reason).toBe('SESSION_REVOKED');
    }
    expect((await one.call('GET', 'auth/sessions', { token: other })).status).toBe(200);
  });
});
