import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientEnvironment } from '#libs/config';
import { Namespace } from '#libs/contracts';
import { CheckSocket, type Say, ping } from './check-socket.js';
import { targetOf } from './target.js';

const SHOWN = new Set([
  'driver:snapshot',
  'driver:availability:update',
  'driver:location:update',
  'driver:trip:update',
]);

/** A dispatcher: greeted, shown all drivers, then every change. */
export async function checkAdmin(env: ClientEnvironment, say: Say): Promise<void> {
  const admin = await CheckSocket.open(targetOf(env, Namespace.admin), say, (socket) =>
    socket.print((event) => SHOWN.has(event) || event.startsWith('auth:')),
  );
  try {
    await admin.expectEvent('driver:snapshot');
    say('the snapshot of all drivers came');
    if (env.DRIVER_TOKEN) await seeOwnPing(env, admin, say);
    else say('DRIVER_TOKEN is not set: only listening');
    say(`listening for ${env.SECONDS} s`);
    await sleep(env.SECONDS * 1_000);
    admin.assertAlive();
  } finally {
    admin.close();
  }
}

/** Drives one position itself: it must arrive here. */
async function seeOwnPing(env: ClientEnvironment, admin: CheckSocket, say: Say): Promise<void> {
  const driver = await CheckSocket.open(targetOf(env, Namespace.drivers), say);
  try {
    const { userId } = (await driver.expectEvent('hello')) as { userId: string };
    let seen: true | undefined;
    admin.on('driver:location:update', (update) => {
      const { driverId, lastLocation } = update as {
        driverId?: string;
        lastLocation?: { lat: number; lng: number };
      };
      const isThere = lastLocation?.lat === env.TEST_LAT && lastLocation.lng === env.TEST_LNG;
      if (driverId === userId && isThere) seen = true;
    });
    await driver.request('driver:status:update', { availabilityStatus: 'AVAILABLE' });
    await ping(driver, env.TEST_LAT, env.TEST_LNG);
    await admin.waitFor(() => seen, `no driver:location:update of driver ${userId} came`);
    say('the dispatcher saw the position of the driver');
    await driver.request('driver:status:update', { availabilityStatus: 'OFFLINE' });
  } finally {
    driver.close();
  }
}
