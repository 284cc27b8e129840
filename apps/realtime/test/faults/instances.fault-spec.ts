import { afterEach, describe, expect, it } from 'vitest';
import { Namespace, UserType } from '#libs/contracts';
import { WebhookReceiver } from '#libs/testing';
import { FaultApp, pause } from './fault-app.js';
import { FaultLoad } from './fault-load.js';
import { CALM_RIDES, FaultScene } from './fault-scene.js';
import { printFigures, seconds } from './figures.js';
import { checkSessions } from './history/check-sessions.js';

const ENV = {
  ...CALM_RIDES,
  DISPATCH_OFFER_TTL: '4s',
  DISPATCH_DELIVERY_TIMEOUT: '2s',
  DRIVER_GRACE: '2m',
  // Whoever is connected to an instance that is gone is to find out soon.
  WS_PING_INTERVAL: '1s',
  WS_PING_TIMEOUT: '2s',
};
const REVOCATIONS_KEPT = 100;
/** The published bound, and as much again for a test process that is busy itself. */
const REVOCATION_BOUND_MS = 2_000;

describe('instances under load', () => {
  let receiver: WebhookReceiver;
  let scene: FaultScene;
  let load: FaultLoad;

  const begin = async (instances: number, env: Record<string, string> = {}): Promise<void> => {
    receiver = await WebhookReceiver.start();
    scene = await FaultScene.start({
      instances,
      env: { ...ENV, WEBHOOK_URL: receiver.url, ...env },
    });
    load = await FaultLoad.open(scene, { receiver });
    load.begin();
    await load.untilRides(8);
  };
  afterEach(async () => {
    load?.close();
    await scene?.close();
    await receiver?.close();
  });

  const expectRight = async (what: string, figures: object): Promise<void> => {
    await scene.untilAllListen();
    await load.end();
    const faults = await load.faults();
    printFigures(what, { ...figures, ...load.figures() });
    expect(faults).toEqual([]);
    expect(scene.complaints()).toEqual([]);
  };

  it('[AUTH2] one is frozen for longer than every lease and than revocations are kept: woken, it serves nobody who was revoked, and acts on nothing that it no longer owns', async () => {
    await begin(2, {
      REVOCATIONS_KEPT: String(REVOCATIONS_KEPT),
      MAX_SESSIONS_PER_USER: '1000',
      DRIVER_LEASE: '12s',
      DRIVER_GRACE: '2s',
      PRESENCE_LEASE: '5s',
      PRESENCE_GRACE: '1s',
    });
    const [frozen] = scene.instances;
    const revoked = await Promise.all(
      ([UserType.driver, UserType.passenger, UserType.admin] as const).map(async (userType) => {
        const app = new FaultApp(await scene.addUser(userType), NAMESPACE[userType], [
          () => frozen!.address,
        ]);
        await app.connect();
        return app;
      }),
    );
    const others = await Promise.all(
      Array.from({ length: 3 * REVOCATIONS_KEPT }, () => scene.addUser(UserType.passenger)),
    );
    frozen!.freeze();
    const frozenAt = performance.now();
    const ended = [];
    for (const { user } of revoked) {
      await scene.revoke(user);
      ended.push({ sid: user.sid, acknowledgedAt: performance.now() });
    }
    for (const user of others) await scene.revoke(user);
    // What waits in the kernel of the frozen instance is asked after the end.
    const asked = revoked.flatMap(({ client, user, signs }) =>
      Array.from({ length: 5 }, async () => {
        const at = performance.now() + REVOCATION_BOUND_MS + 1;
        const [event, payload] = REQUEST[user.userType];
        const answer = await client!.socket
          .timeout(60_000)
          .emitWithAck(event, payload)
          .catch(() => undefined);
        if (answer?.ok) signs.push({ sid: user.sid, at, what: 'an answer' });
      }),
    );
    await pause(20_000 - (performance.now() - frozenAt));
    frozen!.thaw();
    const wokenAt = performance.now();
    await scene.untilReady();
    const readyAfterS = seconds(performance.now() - wokenAt);
    await load.untilEverybodyRides();
    for (const { client } of revoked) client?.close();
    await Promise.all(asked);
    const signs = revoked.flatMap((app) => app.signs);
    expect(checkSessions({ ended, signs, boundMs: REVOCATION_BOUND_MS })).toEqual([]);
    for (const app of revoked) app.close();
    await expectRight('frozen for 20 s', { readyAfterS, revoked: ended.length + others.length });
  });

  it('[DRAIN1] each is drained and replaced under load: nothing acknowledged is lost or doubled', async () => {
    await begin(2, { DRAIN_PERIOD: '2s' });
    const drains: number[] = [];
    for (const [index, instance] of scene.instances.entries()) {
      const since = performance.now();
      expect(await instance.end('SIGTERM')).toBe(0);
      drains.push(seconds(performance.now() - since));
      await scene.replaceInstance(index).url();
      await load.untilEverybodyRides();
    }
    await expectRight('drained one after the other', { drains });
  });

  it('[REDIS1] each stands still for 5 s under load, in turn: nothing acknowledged is lost or doubled', async () => {
    await begin(2, { WS_PING_TIMEOUT: '20s' });
    for (let turn = 0; turn < 4; turn += 1) {
      const instance = scene.instances[turn % 2]!;
      instance.freeze();
      await pause(5_000);
      instance.thaw();
      await load.untilRides(2);
    }
    await expectRight('stood still for 5 s, four times', {
      readyAfterS: seconds(await scene.untilReady()),
    });
  });
});

const NAMESPACE = {
  [UserType.driver]: Namespace.drivers,
  [UserType.passenger]: Namespace.passengers,
  [UserType.admin]: Namespace.admin,
} as const;
/** What is answered with ok whenever it is handled. */
const REQUEST = {
  [UserType.driver]: ['driver:location:ping', { lat: 1, lng: 1 }],
  [UserType.passenger]: ['nearby:unsubscribe', {}],
  [UserType.admin]: ['admin:feed:set', { mode: 'frames' }],
} as const;
