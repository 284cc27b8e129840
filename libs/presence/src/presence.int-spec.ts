import { type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Environment } from '#libs/config';
import { RedisCommands } from '#libs/redis';
import {
  openRedis,
  seededRandom,
  startModules,
  startTcpProxy,
  testEnvironment,
  until,
  type TcpProxy,
} from '#libs/testing';
import { shardOf, type Place } from './place.js';
import { PlaceFeed, type PlaceChange } from './place-feed.js';
import { PresenceModule } from './presence.module.js';
import { PresenceService } from './presence.service.js';
import { PresenceStore } from './presence.store.js';
import { type Hold } from './shard-holds.js';

/** An instance with a wire to Redis of its own, which a test can cut. */
interface Instance {
  modules: TestingModule;
  wire: TcpProxy;
  presence: PresenceService;
  feed: PlaceFeed;
}

/** Removes the keys of some patterns. Returns how many there were. */
const LOSE = `local lost = 0
for _, pattern in ipairs(ARGV) do
  for _, key in ipairs(redis.call('KEYS', pattern)) do
    lost = lost + redis.call('DEL', key)
  end
end
return lost`;

/** All keys of a pattern, as DUMP gives them, at one moment. */
const DUMP_ALL = `local dumps = {}
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  dumps[#dumps + 1] = key
  dumps[#dumps + 1] = redis.call('DUMP', key)
end
return dumps`;

/** Makes the keys of a pattern what they were then, at one moment. */
const RESTORE_ALL = `for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  redis.call('DEL', key)
end
for i = 2, #ARGV, 2 do
  redis.call('RESTORE', ARGV[i], 0, ARGV[i + 1])
end`;

const ROOM: Place = 'room:lobby';

describe('presence', () => {
  let environment: Environment;
  let instances: Instance[];

  beforeEach(async () => {
    environment = testEnvironment({
      PRESENCE_LEASE: '1s',
      PRESENCE_GRACE: '100ms',
      REDIS_COMMAND_TIMEOUT: '2s',
    });
    instances = [];
    await start();
    await start();
  });
  afterEach(async () => {
    await Promise.all(
      instances.map(async ({ modules, wire }) => {
        await modules.close();
        await wire.close();
      }),
    );
  });

  async function start(): Promise<Instance> {
    const url = new URL(environment.REDIS_URL);
    const wire = await startTcpProxy(Number(url.port));
    url.port = String(wire.port);
    const modules = await startModules({ ...environment, REDIS_URL: url.href }, [PresenceModule]);
    const presence = modules.get(PresenceService);
    const instance = { modules, wire, presence, feed: modules.get(PlaceFeed) };
    instances.push(instance);
    return instance;
  }

  const first = () => instances[0]!;
  const second = () => instances[1]!;
  const hold = (person: string, device: string, place: Place = ROOM): Hold => ({
    place,
    person,
    device,
    meta: {},
    since: Date.now(),
  });
  const peopleAt = async (place: Place = ROOM, at = second()) =>
    [...(await at.presence.list(place, 1_000)).people.keys()].toSorted();
  const untilThereAre = (people: string[], place: Place = ROOM, at = second()) =>
    until(`there are ${people.join(', ') || 'none'}`, async () => {
      const seen = await peopleAt(place, at).catch(() => ['unreadable']);
      return JSON.stringify(seen) === JSON.stringify(people);
    });
  /** All that a test instance is told of a place. */
  async function follow(instance: Instance, place: Place = ROOM): Promise<PlaceChange[]> {
    const changes: PlaceChange[] = [];
    await instance.feed.follow(place, (change) => changes.push(change));
    return changes;
  }
  const namesOf = (changes: PlaceChange[], what: 'arrived' | 'left') =>
    changes.flatMap((change) => [...change[what].keys()]);

  it('[PRES1] what was held under a clock that has gone back since ends with a lease as any other', async () => {
    await first().presence.hold(hold('ada', 'phone'));
    await second().presence.hold(hold('bo', 'phone'));
    await untilThereAre(['ada', 'bo']);
    first().wire.cut();
    const redis = openRedis(environment.REDIS_URL);
    const leases = `${environment.REDIS_KEY_PREFIX}{here:${shardOf(ROOM)}}:leases`;
    const HOUR_MS = 3_600_000;
    for (const epoch of await redis.zrange(leases, '0', '-1'))
      await redis.zadd(leases, 'XX', Date.now() + HOUR_MS, epoch);
    redis.disconnect();
    await untilThereAre(['bo']);
  });

  it('[PRES1] ends exactly right after 500 arrivals, moves, crashes and kills of instances', async () => {
    const random = seededRandom(13);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
    const places: Place[] = ['room:a', 'room:b', 'room:c', 'page:1', 'page:2', 'person:x'];
    const people = Array.from({ length: 40 }, (_, i) => `person-${i}`);
    const observer = await start();
    const followed = await Promise.all(
      places.map((place) => observer.feed.follow(place, () => undefined)),
    );
    let live = instances.filter((each) => each !== observer);
    let holds: { instance: Instance; hold: Hold }[] = [];
    let devices = 0;
    for (let step = 0; step < 500; step += 1) {
      const what = random();
      const some = holds.length > 0 ? pick(holds) : undefined;
      if (what < 0.02) {
        // Killed at any moment, with calls on their way.
        const victim = pick(live);
        const dying = hold(pick(people), `dying-${step}`, pick(places));
        void victim.presence.hold(dying).catch(() => undefined);
        victim.wire.cut();
        holds = holds.filter(({ instance }) => instance !== victim);
        live = live.filter((instance) => instance !== victim);
        live.push(await start());
      } else if (!some || what < 0.5) {
        const instance = pick(live);
        const held = hold(pick(people), `device-${(devices += 1)}`, pick(places));
        await instance.presence.hold(held);
        holds.push({ instance, hold: held });
      } else {
        holds.splice(holds.indexOf(some), 1);
        const isFinal = random() < 0.5;
        const released = some.instance.presence.release(some.hold, { isFinal });
        if (what < 0.75) {
          const moved = { ...some.hold, place: pick(places) };
          await some.instance.presence.hold(moved);
          holds.push({ instance: some.instance, hold: moved });
        }
        await released;
      }
    }
    for (const [i, place] of places.entries()) {
      const expected = new Set(
        holds.filter((each) => each.hold.place === place).map((each) => each.hold.person),
      );
      await untilThereAre([...expected].toSorted(), place, observer);
      expect(await observer.presence.count(place)).toBe(expected.size);
      await until(`the follower of ${place} knows`, () => followed[i]!.count === expected.size);
      if (!place.startsWith('page:'))
        expect([...followed[i]!.people.keys()].toSorted()).toEqual([...expected].toSorted());
      const shown = (await observer.presence.list(place, 1_000)).people;
      const shownDevices = [...shown.values()].flatMap((each) => Object.keys(each.devices));
      expect(shownDevices.toSorted()).toEqual(
        holds
          .filter((each) => each.hold.place === place)
          .map((each) => each.hold.device)
          .toSorted(),
      );
    }
  }, 120_000);

  it('[PRES1] a killed instance leaves no ghost after its lease, and it is told once', async () => {
    const told = await follow(second());
    await first().presence.hold(hold('ann', 'a1'));
    await second().presence.hold(hold('bob', 'b1'));
    await until('both are told', () => namesOf(told, 'arrived').length === 2);
    first().wire.cut();
    await untilThereAre(['bob']);
    await until('it is told', () => namesOf(told, 'left').length > 0);
    expect(namesOf(told, 'left')).toEqual(['ann']);
    expect(await second().presence.count(ROOM)).toBe(1);
  });

  it('[PRES2] an instance that was frozen beyond its lease holds again, under a new epoch', async () => {
    await first().presence.hold(hold('ann', 'a1'));
    first().wire.stall();
    await untilThereAre([]);
    // Meanwhile Ann is on the other instance as well: with the device of before, and with another.
    await second().presence.hold(hold('ann', 'a2'));
    first().wire.mend();
    await until('both devices are there', async () => {
      const ann = (await second().presence.list(ROOM, 10)).people.get('ann');
      return Object.keys(ann?.devices ?? {}).length === 2;
    });
    await first().presence.release(hold('ann', 'a1'), { isFinal: true });
    expect(await peopleAt()).toEqual(['ann']);
  });

  it('[PRES2] an epoch that is over changes nothing, and its end takes nothing that another holds', async () => {
    const store = first().modules.get(PresenceStore);
    const shard = shardOf(ROOM);
    const held = { since: 1, meta: {} };
    const ann = { place: ROOM, person: 'ann', device: 'a1' };
    await store.change(shard, 'old', 0, [{ ...ann, held }]);
    await store.endLease(shard, 'old');
    await store.change(shard, 'new', 0, [{ ...ann, held }]);
    expect(await store.change(shard, 'old', 1, [{ ...ann, isFinal: true }])).toBe('LAPSED');
    await store.reap(shard, 'old');
    expect(await peopleAt()).toEqual(['ann']);
  });

  it('[PRES2] an instance that shuts down lets go what waits, and holds nothing afterwards', async () => {
    await first().presence.hold(hold('ann', 'phone'));
    const released = first().presence.release(hold('ann', 'phone'), { isFinal: true });
    await first().presence.onApplicationShutdown();
    await released;
    expect(await peopleAt()).toEqual([]);
    await expect(first().presence.hold(hold('bob', 'phone'))).rejects.toMatchObject({
      code: 'SERVER_DRAINING',
    });
    expect(await peopleAt()).toEqual([]);
  });

  it('[PRES2] an emptied Redis is filled again, and followers know it', async () => {
    const told = await follow(second());
    await first().presence.hold(hold('ann', 'a1'));
    await second().presence.hold(hold('bob', 'b1'));
    await second()
      .modules.get(RedisCommands)
      .do(async (redis) => {
        const keys = await redis.keys(`${environment.REDIS_KEY_PREFIX}*`);
        await redis.del(...keys);
      });
    await untilThereAre(['ann', 'bob']);
    await until('the follower knows', () => second().feed.get(ROOM)?.people.size === 2);
    expect(told.at(-1)?.count).toBe(2);
  });

  it('[PRES2] what came and went while Redis was away is right once it is back', async () => {
    await first().presence.hold(hold('ann', 'a1'));
    await first().presence.hold(hold('bob', 'b1'));
    first().wire.cut();
    await expect(first().presence.hold(hold('cas', 'c1'))).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
    });
    await first().presence.release(hold('bob', 'b1'));
    await first().presence.keep(hold('dan', 'd1'));
    first().wire.mend();
    await untilThereAre(['ann', 'dan']);
  });

  it('[PRES2] writes that Redis lost are noticed', async () => {
    await first().presence.hold(hold('ann', 'a1'));
    const redis = openRedis(environment.REDIS_URL);
    const prefix = environment.REDIS_KEY_PREFIX;
    // At one moment, as a failover loses the last writes of a shard: of what an instance mends between
    // two steps the second would take a part.
    await until('what is held and where are lost', async () => {
      const lost = await redis.eval(LOSE, 0, `${prefix}*:holds:*`, `${prefix}*:place:*`);
      return Number(lost) >= 2;
    });
    redis.disconnect();
    await untilThereAre(['ann']);
  });

  it('[PRES2] it is noticed as well where Redis lost who came and who left, as many of both', async () => {
    await first().presence.hold(hold('ann', 'a1'));
    const redis = openRedis(environment.REDIS_URL);
    const shard = `${environment.REDIS_KEY_PREFIX}{here:${shardOf(ROOM)}}:*`;
    const before = (await redis.callBuffer('eval', DUMP_ALL, 0, shard)) as Buffer[];
    await Promise.all([
      first().presence.release(hold('ann', 'a1'), { isFinal: true }),
      first().presence.hold(hold('bob', 'b1')),
    ]);
    await redis.call('eval', RESTORE_ALL, 0, shard, ...before);
    redis.disconnect();
    await untilThereAre(['bob']);
    await first().presence.release(hold('bob', 'b1'), { isFinal: true });
    await untilThereAre([]);
  });

  it('[PRES3] two devices of one person are one person, who has gone when both have', async () => {
    const told = await follow(second());
    expect(await first().presence.hold(hold('ann', 'a1'))).toBe(1);
    expect(await second().presence.hold(hold('ann', 'a2'))).toBe(1);
    await first().presence.release(hold('ann', 'a1'), { isFinal: true });
    expect(await peopleAt()).toEqual(['ann']);
    await second().presence.release(hold('ann', 'a2'));
    await untilThereAre([]);
    await until('it is told', () => namesOf(told, 'left').length > 0);
    expect(namesOf(told, 'arrived')).toEqual(['ann']);
    expect(namesOf(told, 'left')).toEqual(['ann']);
  });

  it('[PRES3] who comes back within the grace has not left', async () => {
    const told = await follow(second());
    await first().presence.hold(hold('ann', 'a1'));
    const [released] = await Promise.all([
      first().presence.release(hold('ann', 'a1')),
      first().presence.hold(hold('ann', 'a2')),
    ]);
    expect(released).toBeUndefined();
    await second().presence.hold(hold('bob', 'b1'));
    await second().presence.release(hold('bob', 'b1'));
    await until('Bob has left', () => namesOf(told, 'left').length > 0);
    expect(namesOf(told, 'left')).toEqual(['bob']);
    expect(await peopleAt()).toEqual(['ann']);
  });

  it('[PRES3] when somebody was last seen is known after the last device has gone', async () => {
    const place: Place = 'person:ann';
    const before = Date.now() - 1_000;
    await first().presence.hold(hold('ann', 'a1', place));
    expect((await second().presence.list(place, 10)).lastLeftAt).toBeNull();
    await first().presence.release(hold('ann', 'a1', place));
    await untilThereAre([], place);
    const { lastLeftAt } = await second().presence.list(place, 10);
    expect(lastLeftAt).toBeGreaterThan(before);
    expect(lastLeftAt).toBeLessThan(Date.now() + 1_000);
  });

  it('[PRES4] a follower that was cut off learns what has changed meanwhile', async () => {
    const told = await follow(second());
    await first().presence.hold(hold('ann', 'a1'));
    await until('Ann is told', () => namesOf(told, 'arrived').length === 1);
    second().wire.cut();
    await first().presence.release(hold('ann', 'a1'), { isFinal: true });
    await first().presence.hold(hold('bob', 'b1'));
    second().wire.mend();
    await until('Bob is told', () => namesOf(told, 'arrived').includes('bob'));
    expect(namesOf(told, 'left')).toEqual(['ann']);
    await second().feed.leave(ROOM, () => undefined);
  });

  it('[VIS1] the busiest pages are listed over all shards and instances', async () => {
    for (const [page, visitors] of [4, 1, 3, 2].entries())
      for (let i = 0; i < visitors; i += 1)
        await instances[i % 2]!.presence.hold(hold(`v${i}`, `${page}-${i}`, `page:${page}`));
    await first().presence.hold(hold('nobody', 'd1', 'room:not-a-page'));
    expect(await second().presence.busiestPages(3)).toEqual([
      { place: 'page:0', count: 4 },
      { place: 'page:2', count: 3 },
      { place: 'page:3', count: 2 },
    ]);
    await first().presence.release(hold('v0', '1-0', 'page:1'), { isFinal: true });
    expect(await second().presence.busiestPages(10)).toHaveLength(3);
  });
});
