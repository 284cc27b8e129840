import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionsService } from '#libs/auth';
import { until } from '#libs/testing';
import { ensureCity } from '../../../scripts/prepare/city.mjs';
import { TestCluster } from './cluster.js';

const PROGRAM = fileURLToPath(new URL('../../../dist/apps/simulator/src/main.js', import.meta.url));
const LAUNCHER = fileURLToPath(new URL('../../../scripts/run.mjs', import.meta.url));
/** It loads the streets of a city first, where others use the machine. */
const START_TIMEOUT_MS = 100_000;
const LOGIN = { email: 'admin@demo.invalid', password: 'printed-password' };

describe('the demo', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        FIRST_ADMIN_EMAIL: LOGIN.email,
        FIRST_ADMIN_PASSWORD: LOGIN.password,
        // Whoever says nothing is seen to soon.
        QUALITY_DELAYED_AFTER: '12s',
        QUALITY_STALE_AFTER: '16s',
      },
    });
  });
  afterAll(() => cluster.close());

  const call = async (method: string, path: string, token?: string, body?: object) => {
    const response = await fetch(`${cluster.url(0)}/api/${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return (await response.json()) as { success: boolean; data: never };
  };
  const logIn = async (): Promise<string> => {
    const { data } = await call('POST', 'auth/login', undefined, {
      ...LOGIN,
      appAudience: 'admin_panel',
      sessionType: 'api_client',
    });
    return (data as { accessToken: string }).accessToken;
  };

  /** What the program says and ends with, and what somebody does once it is under way. */
  async function run(
    args: string,
    isUnderWay: RegExp,
    meanwhile: (program: ChildProcess) => Promise<void> = async () => {},
  ): Promise<{ code: number; said: string }> {
    const servers = `--instances=${cluster.url(0)},${cluster.url(1)}`;
    const city = `--city=${await ensureCity('montevideo')}`;
    const program = spawn(
      process.execPath,
      [PROGRAM, ...args.split(' '), servers, city, `--admin-email=${LOGIN.email}`],
      { env: { ...process.env, ADMIN_PASSWORD: LOGIN.password } },
    );
    let said = '';
    for (const stream of [program.stdout, program.stderr])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = once(program, 'close') as Promise<[number]>;
    await until(
      'it is under way',
      () => {
        if (program.exitCode && !isUnderWay.test(said)) throw new Error(`It ended: ${said}`);
        return isUnderWay.test(said);
      },
      START_TIMEOUT_MS,
    );
    await meanwhile(program);
    const [code] = await ended;
    return { code, said };
  }
  /** Six cars, long enough for what somebody does meanwhile and for positions behind it. */
  const demo = (meanwhile: () => Promise<void>) =>
    run('demo --seconds 15 --drivers 6 --passengers 0 --troubles off', /live +[1-6] /, meanwhile);

  it('[DEMO1] goes on however often its printed login is used', async () => {
    const { code, said } = await demo(async () => {
      for (let i = 0; i < 11; i += 1) await logIn();
    });
    expect(said).toMatch(/unseen +0,/);
    expect(said).not.toMatch(/revoked|FAILED/);
    expect(code).toBe(0);
  });

  it('[DEMO1] fails when those who look on lose their session, and does not call unseen what is lost', async () => {
    const { code, said } = await demo(async () => {
      const { data } = await call('GET', 'admin/users?userType=admin&limit=100', await logIn());
      const admins = data as { id: string; email: string }[];
      const sessions = cluster.instances[0]!.app.get(SessionsService, { strict: false });
      for (const { id, email } of admins) {
        if (email === LOGIN.email) continue;
        for (const { sid } of await sessions.list(id))
          await sessions.revoke(sid, id, 'revoked_by_admin');
      }
    });
    expect(said).toMatch(/FAILED: 2 of the dispatchers lost their connection or session/);
    expect(said).toMatch(/unseen +[1-9]\d*, while/);
    expect(said).toMatch(/lost +0\n/);
    expect(code).toBe(1);
  });

  it('[DEMO2] npm run simulate makes its people from the environment of the instances, and says how many of them are in', async () => {
    const { REDIS_URL, REDIS_KEY_PREFIX, JWT_ACCESS_SECRET, JWT_REFRESH_SECRET } =
      cluster.environment;
    const program = spawn(
      process.execPath,
      [
        LAUNCHER,
        'simulate',
        `--instances=${cluster.url(0)},${cluster.url(1)}`,
        ...'--drivers 40 --passengers 2 --city montevideo --seed 7'.split(' '),
      ],
      {
        env: {
          PATH: process.env['PATH'],
          HOME: process.env['HOME'],
          REDIS_URL,
          REDIS_KEY_PREFIX,
          JWT_ACCESS_SECRET,
          JWT_REFRESH_SECRET,
        },
      },
    );
    let said = '';
    for (const stream of [program.stdout, program.stderr])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = once(program, 'close') as Promise<[number]>;
    await until(
      'all are in',
      () => {
        if (program.exitCode !== null) throw new Error(`It ended: ${said}`);
        return /drivers in 40\/40 /.test(said);
      },
      START_TIMEOUT_MS,
    );
    program.kill('SIGINT');
    const [code] = await ended;
    expect(said).toMatch(/drivers +40 of 40 in after/);
    expect(code, said).toBe(0);
  });

  it('[DEMO2] phones that stay connected and say nothing are planned alike by the same seed, and the summary says what became of them', async () => {
    const options = '--drivers 40 --passengers 0 --troubles silent --seed 7';
    const plan = async () => (await run(`plan ${options}`, /"atMs"/)).said;
    const planned = await plan();
    expect(await plan()).toBe(planned);
    for (const kind of ['silent', 'frozen']) expect(planned).toContain(`has trouble: ${kind}`);
    const { code, said } = await run(
      `simulate ${options}`,
      /fell silent [1-9]/,
      async (program) => void program.kill('SIGINT'),
    );
    expect(said).toMatch(/connected and silent +[1-9]\d* \(.*shown as delayed [1-9]/);
    expect(said).not.toMatch(/FAILED/);
    expect(code, said).toBe(0);
  });

  it('[DEMO2] a city lives on two instances: people ride and talk, phones have their troubles, and nothing acknowledged is lost', async () => {
    const { code, said } = await run(
      'simulate --drivers 24 --passengers 8 --rides short --seed 7 --seconds 40',
      /messages [1-9]/,
    );
    expect(said).toMatch(/Simulated drives: 24 invented cars [^]* seed 7\./);
    expect(said).toMatch(/© OpenStreetMap contributors, ODbL/);
    expect(said).toMatch(/trips +[1-9]\d* requested, [1-9]/);
    expect(said).toMatch(/chat +[1-9]\d* messages? .* 0 lost, all in order/);
    expect(said).toMatch(/told in order .* 0 violations/);
    expect(said).not.toMatch(/FAILED/);
    expect(code).toBe(0);
  });
});
