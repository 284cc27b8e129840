import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserType } from '#libs/contracts';
import { TestCluster } from '#libs/testing';

const CHECKS = fileURLToPath(
  new URL('../../../dist/apps/simulator/src/ws-test.js', import.meta.url),
);

describe('the checks of trips, as somebody runs them against a server', { timeout: 90_000 }, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    if (!existsSync(CHECKS)) throw new Error('Build first: npm test does, or npm run build.');
    cluster = await TestCluster.start({
      env: {
        DISPATCH_OFFER_TTL: '1s',
        DISPATCH_SEARCH_TIME: '1500ms',
        DISPATCH_RETRY_INTERVAL: '200ms',
      },
    });
  });
  afterAll(() => cluster.close());

  const check = async (suite: string, instance: number, env: Record<string, string>) => {
    const child = spawn(process.execPath, [CHECKS, suite], {
      env: { SERVER: cluster.url(instance), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output };
  };
  const tokenOf = async (userType: UserType) => (await cluster.addUser(userType)).token;

  it('[TRIP20] Passenger, two drivers and a dispatcher play trips, and each hears what concerns them', async () => {
    const [passenger, driver, other, admin] = await Promise.all([
      tokenOf(UserType.passenger),
      tokenOf(UserType.driver),
      tokenOf(UserType.driver),
      tokenOf(UserType.admin),
    ]);
    const { code, output } = await check('trip:flow', 0, {
      PASSENGER_TOKEN: passenger,
      DRIVER_TOKEN: `${driver},${other}`,
      ADMIN_TOKEN: admin,
    });
    expect(output).toContain(' 0 failed');
    expect(output).toContain('PASS  the second driver is asked and accepts');
    expect(code).toBe(0);
  });

  it('[TRIP20] A passenger requests and cancels, and is told what it missed', async () => {
    const token = await tokenOf(UserType.passenger);
    const { code, output } = await check('trip:passenger', 1, {
      PASSENGER_TOKEN: token,
      TEST_LAT: '51.5',
      TEST_LNG: '-0.12',
    });
    expect(output).toContain(' 0 failed');
    expect(code).toBe(0);
  });

  it('[TRIP20] A check that lacks a token names it and ends with 2', async () => {
    const { code, output } = await check('trip:flow', 0, {});
    expect(output).toContain('PASSENGER_TOKEN is missing');
    expect(code).toBe(2);
  });
});
