import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientEnvironment } from '#libs/config';
import { Namespace, type AvailabilitySnapshot } from '#libs/contracts';
import { CheckFailure, CheckSocket, short, type Say, ping } from './check-socket.js';
import { targetOf } from './target.js';

const PING_INTERVAL_MS = 3_000;

/** A driver's shift: available, positions, a trip, offline. */
export async function checkDriver(env: ClientEnvironment, say: Say): Promise<void> {
  const driver = await CheckSocket.open(targetOf(env, Namespace.drivers), say, (socket) =>
    socket.print(),
  );
  try {
    await setStatus(driver, 'AVAILABLE', { isOnline: true, isAvailableForTrips: true });
    const until = performance.now() + env.SECONDS * 1_000;
    await ping(driver, env.TEST_LAT, env.TEST_LNG);
    if (env.TEST_TRIP_ID !== undefined) await driveTrip(driver, env.TEST_TRIP_ID);
    while (performance.now() + PING_INTERVAL_MS <= until) {
      await sleep(PING_INTERVAL_MS);
      await ping(driver, env.TEST_LAT, env.TEST_LNG);
    }
    await setStatus(driver, 'OFFLINE', { isOnline: false, isAvailableForTrips: false });
    driver.assertAlive();
  } finally {
    driver.close();
  }
}

async function driveTrip(driver: CheckSocket, tripId: string): Promise<void> {
  expectSnapshot(await driver.request('driver:trip:set', { currentTripId: tripId }), {
    currentTripId: tripId,
    availabilityReason: 'ON_TRIP',
    isAvailableForTrips: false,
  });
  expectSnapshot(await driver.request('driver:trip:set', { currentTripId: null }), {
    currentTripId: null,
  });
}

async function setStatus(
  driver: CheckSocket,
  availabilityStatus: AvailabilitySnapshot['availabilityStatus'],
  expected: Partial<AvailabilitySnapshot>,
): Promise<void> {
  const snapshot = await driver.request('driver:status:update', { availabilityStatus });
  expectSnapshot(snapshot, { availabilityStatus, ...expected });
}

function expectSnapshot(data: unknown, expected: Partial<AvailabilitySnapshot>): void {
  const snapshot = (data ?? {}) as Record<string, unknown>;
  if (typeof snapshot['driverId'] !== 'string') {
    throw new CheckFailure(`The ack carries no availability snapshot: ${short(data)}`);
  }
  for (const [field, value] of Object.entries(expected)) {
    if (snapshot[field] === value) continue;
    throw new CheckFailure(
      `${field} is ${short(snapshot[field])} in the ack, not ${short(value)}.`,
    );
  }
}
