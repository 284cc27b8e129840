import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom, until, WebhookReceiver } from '#libs/testing';
import { pause } from './fault-app.js';
import { FaultLoad } from './fault-load.js';
import { CALM_RIDES, FaultScene } from './fault-scene.js';
import { printFigures, seconds } from './figures.js';

const ENV = {
  ...CALM_RIDES,
  DISPATCH_OFFER_TTL: '4s',
  DISPATCH_DELIVERY_TIMEOUT: '2s',
  DRIVER_GRACE: '2m',
  WS_PING_INTERVAL: '1s',
  WS_PING_TIMEOUT: '2s',
};
const KILLS = 50;

describe('instances that are killed at any moment', () => {
  let receiver: WebhookReceiver;
  let scene: FaultScene;
  let load: FaultLoad;
  afterEach(async () => {
    load?.close();
    await scene?.close();
    await receiver?.close();
  });

  it(`[TRIP21] one of three is killed at ${KILLS} random moments of rides: each event once and in order, nothing acknowledged lost or doubled`, async () => {
    receiver = await WebhookReceiver.start();
    scene = await FaultScene.start({ instances: 3, env: { ...ENV, WEBHOOK_URL: receiver.url } });
    load = await FaultLoad.open(scene, { receiver });
    load.begin();
    await load.untilRides(8);
    const seed = Date.now() % 1_000_000;
    const random = seededRandom(seed);
    const startedAt = performance.now();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const listening = () => scene.instances.filter(({ address }) => address !== undefined);
      // One that serves people is killed, and another one goes on.
      await until('two listen', () => listening().length >= 2, 120_000);
      await pause(random() * 1_500);
      const victim = listening()[Math.floor(random() * listening().length)]!;
      const index = scene.instances.indexOf(victim);
      await victim.end('SIGKILL');
      scene.replaceInstance(index);
    }
    await scene.untilAllListen();
    const tookS = seconds(performance.now() - startedAt);
    await load.untilEverybodyRides();
    await load.end();
    const faults = await load.faults();
    printFigures(`${KILLS} kills`, { seed, tookS, ...load.figures() });
    expect(faults).toEqual([]);
    expect(scene.complaints()).toEqual([]);
  }, 900_000);
});
