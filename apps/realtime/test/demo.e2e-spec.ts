import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionsService } from '#libs/auth';
import { until } from '#libs/testing';
import { type TestCluster } from './cluster.js';
import {
  CITY_LOGIN,
  CITY_START_TIMEOUT_MS,
  runSimulator,
  startCityCluster,
} from './simulator-program.js';

const LAUNCHER = fileURLToPath(new URL('../../../scripts/run.mjs', import.meta.url));

describe('the demo', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCityCluster();
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
      ...CITY_LOGIN,
      appAudience: 'admin_panel',
      sessionType: 'api_client',
    });
    return (data as { accessToken: string }).accessToken;
  };

  /** Six cars, long enough for what somebody does meanwhile and for positions behind it. */
  const demo = (meanwhile: () => Promise<void>) =>
    runSimulator(
      cluster,
      'demo --seconds 15 --drivers 6 --passengers 0 --troubles off',
      /live +[1-6] /,
      meanwhile,
    );

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
        if (email === CITY_LOGIN.email) continue;
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
      CITY_START_TIMEOUT_MS,
    );
    program.kill('SIGINT');
    const [code] = await ended;
    expect(said).toMatch(/drivers +40 of 40 in after/);
    expect(code, said).toBe(0);
  });
});
