import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Namespace, UserType, type DriverSnapshot } from '#libs/contracts';
import { BareSocket, until, WebhookReceiver } from '#libs/testing';
import { Crowd } from './crowd.js';
import { FaultLoad, WEBHOOK_SECRET } from './fault-load.js';
import { FaultScene } from './fault-scene.js';
import { printFigures, seconds } from './figures.js';

const CLIENTS = 2_000;
/** WS_CONNECTS_PER_SECOND of each instance, less than its default. */
const CONNECTS_PER_SECOND = 500;
/**
 * Nobody is forgotten, however busy the machine is: the crowd, three instances and Redis share it. How
 * long they really are away is printed; OPERATIONS.md has the figures.
 */
const AWAY_AT_MOST_MS = 120_000;

/** An instance may take minutes to load where others use the machine. */
const PATIENCE_MS = 240_000;

const ENV = {
  DISPATCH_OFFER_TTL: '10s',
  DISPATCH_RETRY_INTERVAL: '500ms',
  DISPATCH_SEARCH_TIME: '20s',
  DISPATCH_MAX_POSITION_AGE: '10m',
  DRIVER_LEASE: '5m',
  WS_CONNECTS_PER_SECOND: String(CONNECTS_PER_SECOND),
  WS_REQUEST_DEADLINE: '10s',
  WEBHOOK_SECRET,
  WEBHOOK_RETRY_DELAY: '200ms',
  WEBHOOK_RETRY_MAX_DELAY: '1s',
};

describe('a rolling update under load', () => {
  let receiver: WebhookReceiver;
  let scene: FaultScene;
  let load: FaultLoad;
  let crowd: Crowd;

  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    scene = await FaultScene.start({ instances: 3, env: { ...ENV, WEBHOOK_URL: receiver.url } });
    crowd = await Crowd.open(scene, CLIENTS);
    load = await FaultLoad.open(scene, { receiver });
    load.begin();
    await load.untilRides(4);
  }, 600_000);
  afterEach(async () => {
    crowd?.close();
    load?.close();
    await scene?.close();
    await receiver?.close();
  });

  /** Where a dispatcher who comes now is shown each driver. */
  async function shownDrivers(instance: number): Promise<Map<string, number>> {
    const { token } = await scene.addUser(UserType.admin);
    const url = await scene.instances[instance]!.url();
    const desk = BareSocket.open(url, Namespace.admin, { token });
    const parts: DriverSnapshot[] = [];
    desk.socket.on('driver:snapshot', (part: DriverSnapshot) => parts.push(part));
    await until('all came', () => parts.length > 0 && parts.length === parts[0]!.parts, 60_000);
    desk.close();
    return new Map(
      parts
        .flatMap(({ drivers }) => drivers)
        .flatMap(({ driverId, position }) => (position ? [[driverId, position.lat] as const] : [])),
    );
  }

  it(`[DRAIN2] replaces three instances under ${CLIENTS} clients with pings, rides and talk: nothing acknowledged is lost, nobody is away for long, nobody is turned away as one too many`, async () => {
    const startedAt = performance.now();
    const exitCodes: (number | null)[] = [];
    for (const [i, old] of [...scene.instances].entries()) {
      const ending = old.end('SIGTERM');
      await ending.then((code) => exitCodes.push(code));
      const next = scene.replaceInstance(i);
      await until('it listens', () => next.address !== undefined, PATIENCE_MS);
      await scene.untilReady(true, PATIENCE_MS);
      await until('everybody is back', () => crowd.areAllIn, PATIENCE_MS);
    }
    const tookS = seconds(performance.now() - startedAt);
    await load.untilEverybodyRides(PATIENCE_MS);
    await load.end();
    const faults = await load.faults();
    const { absences } = crowd;
    const at = (part: number) => seconds(absences[Math.floor(part * (absences.length - 1))] ?? 0);
    const worstSecond = crowd.worstSecond(startedAt);
    printFigures(`rolling update under ${CLIENTS} clients`, {
      tookS,
      moves: absences.length,
      awayS: { median: at(0.5), p99: at(0.99), longest: at(1) },
      worstSecond,
      turnedAway: crowd.refusals,
      positionsOfTheCrowd: crowd.pings,
      ...load.figures(),
    });
    expect(faults).toEqual([]);
    const { stored } = crowd;
    expect(crowd.behind(await shownDrivers(0), stored)).toEqual([]);
    expect(exitCodes).toEqual([0, 0, 0]);
    expect(scene.complaints()).toEqual([]);
    expect(absences.length).toBeGreaterThan(CLIENTS / 2);
    expect(absences.at(-1)).toBeLessThan(AWAY_AT_MOST_MS);
    expect(worstSecond).toBeLessThan(2 * CONNECTS_PER_SECOND);
    for (const code of ['SERVER_FULL', 'TOO_MANY_CONNECTIONS'])
      expect(crowd.refusals[code] ?? 0, code).toBe(0);
  }, 1_200_000);
});
