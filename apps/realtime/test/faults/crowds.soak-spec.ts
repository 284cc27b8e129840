import { afterAll, describe, expect, it } from 'vitest';
import { UserType } from '#libs/contracts';
import { until } from '#libs/testing';
import { FaultScene } from './fault-scene.js';
import { printFigures, seconds } from './figures.js';
import { StormClients } from './storm-clients.js';

const STORM = 5_000;
const STORM_USERS = 500;

describe('a storm of clients', () => {
  let scene: FaultScene;
  afterAll(() => scene?.close());

  it(`[LIM3] ${STORM} clients whose instance is killed come back to the other one, all of them`, async () => {
    scene = await FaultScene.start({ env: { WS_CONNECTS_PER_SECOND: '100000' } });
    const users = await Promise.all(
      Array.from({ length: STORM_USERS }, () => scene.addUser(UserType.passenger)),
    );
    const storm = new StormClients(
      users.map(({ token }) => token),
      STORM,
      () => scene.instances.flatMap(({ address }) => address ?? []),
    );
    const openedInS = seconds(await storm.open());
    await scene.instances[0]!.end('SIGKILL');
    const since = performance.now();
    scene.instances.splice(0, 1);
    await until('all are back', () => storm.connected === STORM, 240_000);
    printFigures(`a storm of ${STORM}`, {
      openedInS,
      backAfterS: seconds(performance.now() - since),
      lost: storm.reconnections,
    });
    await scene.untilReady();
    storm.close();
    expect(scene.complaints()).toEqual([]);
  }, 600_000);
});
