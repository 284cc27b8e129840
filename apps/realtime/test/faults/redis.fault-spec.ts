import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRedis, orderPlainly, until, WebhookReceiver } from '#libs/testing';
import { FaultLoad, STATE_MS } from './fault-load.js';
import { CALM_RIDES, FaultScene } from './fault-scene.js';
import { pause } from './fault-app.js';
import { printFigures, seconds } from './figures.js';

/** A Redis that takes so long for each key is not done before the test lets it. */
const KEY_LOAD_DELAY_US = 20_000;
const FILL = 3_000;

type Order = (...args: string[]) => Promise<unknown>;

/** Each as an operator, or a machine in trouble, brings it about. */
const STATES: {
  state: string;
  begin: (order: Order) => Promise<unknown>;
  end: (order: Order) => Promise<unknown>;
}[] = [
  {
    state: 'READONLY',
    begin: (order) => order('REPLICAOF', '127.0.0.1', '1'),
    end: (order) => order('REPLICAOF', 'NO', 'ONE'),
  },
  {
    state: 'OOM',
    begin: (order) => order('CONFIG', 'SET', 'maxmemory', '1'),
    end: (order) => order('CONFIG', 'SET', 'maxmemory', '0'),
  },
  {
    state: 'NOAUTH',
    begin: async (order) => {
      // Those that are connected are as new ones: without a password they may do nothing.
      await order('ACL', 'SETUSER', 'operator', 'on', '>operator', '~*', '&*', '+@all');
      await order('AUTH', 'operator', 'operator');
      await order('CONFIG', 'SET', 'requirepass', 'secret');
      await order('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await order('CLIENT', 'KILL', 'TYPE', 'pubsub', 'SKIPME', 'yes');
    },
    end: (order) => order('CONFIG', 'SET', 'requirepass', ''),
  },
];

describe('Redis under load', () => {
  let receiver: WebhookReceiver;
  let scene: FaultScene;
  let load: FaultLoad;

  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    scene = await FaultScene.start({ env: { ...CALM_RIDES, WEBHOOK_URL: receiver.url } });
    load = await FaultLoad.open(scene, { receiver });
    load.begin();
    await load.untilRides(8);
  });
  afterEach(async () => {
    load?.close();
    await scene?.close();
    await receiver?.close();
  });

  /** Recovered: ready, and everybody has driven another ride. */
  const untilRecovered = async (): Promise<{ readyAfterS: number; ridingAfterS: number }> => {
    const since = performance.now();
    const readyAfterS = seconds(await scene.untilReady());
    await load.untilEverybodyRides();
    return { readyAfterS, ridingAfterS: seconds(performance.now() - since) };
  };
  const expectRight = async (what: string, figures: object): Promise<void> => {
    await load.end();
    const faults = await load.faults();
    printFigures(what, { ...figures, ...load.figures() });
    expect(faults).toEqual([]);
    expect(scene.complaints()).toEqual([]);
  };

  it('[REDIS1] killed for 60 s: nothing acknowledged is lost or doubled, readiness tells it, everything comes back by itself', async () => {
    await scene.redis.kill();
    const noticedAfterS = seconds(await scene.untilReady(false));
    await pause(60_000 - noticedAfterS * 1_000);
    expect(await scene.readiness(0)).not.toBe(true);
    await scene.redis.restart();
    await expectRight('Redis killed for 60 s', { noticedAfterS, ...(await untilRecovered()) });
  });

  it('[REDIS1] frozen for 20 s: nothing acknowledged is lost or doubled, readiness tells it, everything comes back by itself', async () => {
    await scene.redis.kill('SIGSTOP');
    const noticedAfterS = seconds(await scene.untilReady(false));
    await pause(20_000 - noticedAfterS * 1_000);
    await scene.redis.kill('SIGCONT');
    await expectRight('Redis frozen for 20 s', { noticedAfterS, ...(await untilRecovered()) });
  });

  it('[REDIS1] restarted from its log of writes, again and again: nothing acknowledged is lost or doubled', async () => {
    const recoveries: number[] = [];
    for (let i = 0; i < 3; i += 1) {
      await scene.redis.kill();
      await scene.redis.restart();
      recoveries.push((await untilRecovered()).ridingAfterS);
    }
    await expectRight('Redis restarted from its log of writes', { recoveries });
  });

  it('[REDIS1] refuses writes, has no memory, wants a password: requests are refused with a code, readiness tells it, everything comes back by itself', async () => {
    const operator = openRedis(scene.redis.url);
    const order = (...args: string[]) => operator.call(args[0]!, ...args.slice(1));
    const figures: Record<string, object> = {};
    for (const { state, begin, end } of STATES) {
      await begin(order);
      const noticedAfterS = seconds(await scene.untilReady(false));
      await pause(STATE_MS);
      await end(order);
      figures[state] = { noticedAfterS, ...(await untilRecovered()) };
    }
    operator.disconnect();
    await expectRight('states of Redis', figures);
  });

  it('[REDIS1] the connection of the subscriber alone is cut, again and again: nobody misses anything', async () => {
    const operator = openRedis(scene.redis.url);
    let cuts = 0;
    const startedAt = performance.now();
    while (performance.now() - startedAt < 15_000 || cuts <= 10) {
      const clients = String(await operator.call('CLIENT', 'LIST'));
      for (const line of clients
        .split('\n')
        .filter((each) => each.includes('ridewire:subscriber'))) {
        await operator.call('CLIENT', 'KILL', 'ID', /\bid=(\d+)/.exec(line)![1]!);
        cuts += 1;
      }
      await pause(700);
    }
    operator.disconnect();
    await expectRight('subscriber cut', { cuts, ...(await untilRecovered()) });
    expect(cuts).toBeGreaterThan(10);
  });
});

describe('Redis that starts anew', () => {
  let scene: FaultScene;
  let load: FaultLoad | undefined;
  afterEach(async () => {
    load?.close();
    await scene?.close();
  });

  it('[REDIS1] empty: sessions that it has forgotten are ended with a code, nothing crashes, and new people ride without a restart', async () => {
    scene = await FaultScene.start({ appendOnly: false, env: CALM_RIDES });
    load = await FaultLoad.open(scene, { pairs: 2 });
    load.begin();
    await load.untilRides(2);
    const passengers = load.pairs.map(({ passenger }) => passenger);
    await scene.redis.kill();
    await scene.redis.restart();
    const since = performance.now();
    const readyAfterS = seconds(await scene.untilReady());
    await until('forgotten sessions are refused', () =>
      passengers.every(({ client }) => client?.socket.connected !== true),
    );
    const forgottenAfterS = seconds(performance.now() - since);
    load.close();
    await load.end().catch(() => undefined);
    load = await FaultLoad.open(scene, { pairs: 2 });
    load.begin();
    const ridingAfterS = seconds(await load.untilEverybodyRides());
    await load.end();
    expect(await load.faults()).toEqual([]);
    printFigures('Redis restarted empty', { readyAfterS, forgottenAfterS, ridingAfterS });
    expect(scene.complaints()).toEqual([]);
  });

  const askPlainly = (...args: string[]) => orderPlainly(scene.redis.url, ...args);
  const untilLoading = () =>
    until('it says that it is loading', async () =>
      String(await askPlainly('SET', 'x', 'y')).startsWith('LOADING'),
    );

  it('[REDIS1] with much to load: it says LOADING, to those that are connected and to new ones, requests are refused with a code meanwhile, readiness tells it, and nothing acknowledged is lost', async () => {
    scene = await FaultScene.start({
      env: CALM_RIDES,
      // Between so many bytes it answers that it is loading.
      redisSettings: {
        'loading-process-events-interval-bytes': '1024',
        'enable-debug-command': 'local',
      },
    });
    load = await FaultLoad.open(scene, { pairs: 2 });
    load.begin();
    await load.untilRides(4);
    const operator = openRedis(scene.redis.url);
    operator.on('error', () => undefined);
    const fill = Array.from({ length: FILL }, (_, i) => [`fill:${i}`, 'x'.repeat(50)]);
    await operator.mset(...fill.flat());
    const quickly = () =>
      until('it loads without delay', async () =>
        String(await askPlainly('CONFIG', 'SET', 'key-load-delay', '0')).includes('OK'),
      );

    // Those that are connected hear of it.
    await operator.config('SET', 'key-load-delay', String(KEY_LOAD_DELAY_US));
    const reloaded = askPlainly('DEBUG', 'RELOAD');
    await untilLoading();
    const noticedAfterS = seconds(await scene.untilReady(false));
    await quickly();
    expect(await reloaded).toBe('OK');
    const readyAfterReloadS = seconds(await scene.untilReady());
    await load.untilEverybodyRides();

    // It starts from a snapshot: between commands of its log it would answer more seldom.
    await operator.call('BGREWRITEAOF');
    await until('the snapshot is written', async () =>
      /aof_rewrite_in_progress:0[^]*aof_rewrite_scheduled:0/.test(
        await operator.info('persistence'),
      ),
    );
    // Those that come find it loading.
    const restarted = scene.redis.restart({ 'key-load-delay': String(KEY_LOAD_DELAY_US) });
    await untilLoading();
    expect(await scene.readiness(0)).not.toBe(true);
    await quickly();
    await restarted;
    operator.disconnect();
    const readyAfterStartS = seconds(await scene.untilReady());
    await load.untilEverybodyRides();
    await load.end();
    const faults = await load.faults();
    const figures = load.figures();
    printFigures('Redis loads', {
      sawLoading: true,
      noticedAfterS,
      readyAfterReloadS,
      readyAfterStartS,
      ...figures,
    });
    expect(faults).toEqual([]);
    expect(figures.refusals).not.toHaveProperty('INTERNAL');
    expect(scene.complaints()).toEqual([]);
  });
});
