import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserType, type TripOffered, type TripView } from '#libs/contracts';
import { TestCluster } from './cluster.js';
import { confirmOffers } from './ride-people.js';

const CHECKS = fileURLToPath(
  new URL('../../../dist/apps/simulator/src/ws-test.js', import.meta.url),
);

describe('the checks of trips and conversations, as somebody runs them against a server', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    if (!existsSync(CHECKS)) throw new Error('Build first: npm test does, or npm run build.');
    cluster = await TestCluster.start({
      env: {
        DISPATCH_OFFER_TTL: '6s',
        DISPATCH_SEARCH_TIME: '8s',
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

  it('[CHAT1] Passenger, drivers and dispatcher play conversations, presence, tracking, visitors, pointers, notifications and links', async () => {
    const [passenger, driver, stranger, admin] = await Promise.all([
      tokenOf(UserType.passenger),
      tokenOf(UserType.driver),
      tokenOf(UserType.driver),
      tokenOf(UserType.admin),
    ]);
    const { code, output } = await check('chat', 1, {
      PASSENGER_TOKEN: passenger,
      DRIVER_TOKEN: `${driver},${stranger}`,
      ADMIN_TOKEN: admin,
    });
    expect(output).toContain(' 0 failed');
    for (const step of [
      'another driver can neither join nor read nor write',
      'one hears the other leave',
      'a message reaches both, and who is in the room is told',
      'one sees where the pointer of the other is',
      'a dispatcher is told that the passenger is online, then away',
      'who disconnects leaves the map',
      'two guests who look at a blog are counted and told',
      'it waits for a device that comes later, until it is seen',
      'when the link is revoked the guest is sent away',
    ])
      expect(output).toContain(`PASS  ${step}`);
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

  it('[TRIP20] A trip that a stopped run left behind is cancelled first', async () => {
    const [passenger, driver, admin] = await Promise.all([
      cluster.addUser(UserType.passenger),
      cluster.addUser(UserType.driver),
      cluster.addUser(UserType.admin),
    ]);
    const place = { lat: 48.2, lng: 16.37 };
    const cab = await cluster.connect(driver, 0);
    confirmOffers(cab);
    await cab.ask('driver:status:update', { availabilityStatus: 'AVAILABLE' });
    await cab.ask('driver:location:ping', place);
    const app = await cluster.connect(passenger, 0);
    const { tripId } = await app.ask<TripView>('trip:request', {
      pickupPoint: place,
      stops: [{ point: { lat: 48.21, lng: 16.37 } }],
      paymentMode: 'cash',
    });
    const { assignmentId } = await cab.waitFor<TripOffered>('trip:assignment:offered');
    await cab.ask('driver:offer:accept', { assignmentId });
    app.close();
    const { code, output } = await check('trip:flow', 1, {
      PASSENGER_TOKEN: passenger.token,
      DRIVER_TOKEN: driver.token,
      ADMIN_TOKEN: admin.token,
      TEST_LAT: String(place.lat),
      TEST_LNG: String(place.lng),
    });
    cab.close();
    expect(output).toContain(`cancelled trip ${tripId}`);
    expect(output).toContain(' 0 failed');
    expect(code).toBe(0);
  });

  it('[NSP1] A check says what comes in the order in which it came, the greeting first', async () => {
    const { code, output } = await check('general', 0, {
      DRIVER_TOKEN: await tokenOf(UserType.driver),
      SECONDS: '1',
    });
    expect(output).toMatch(/connected as [^]* hello [^]*<- driver:availability:update/);
    expect(code).toBe(0);
  });

  it('[CONF1] A token that is set but empty is named, and nothing is checked', async () => {
    const { code, output } = await check('admin', 0, {
      ADMIN_TOKEN: await tokenOf(UserType.admin),
      DRIVER_TOKEN: '',
    });
    expect(output).toContain('DRIVER_TOKEN is set but empty');
    expect(output).not.toContain('connecting');
    expect(code).toBe(2);
  });

  it('[TRIP20] A check that lacks a token names it and ends with 2', async () => {
    const { code, output } = await check('trip:flow', 0, {});
    expect(output).toContain('PASSENGER_TOKEN is missing');
    expect(code).toBe(2);
  });
});
