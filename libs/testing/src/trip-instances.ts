import { type Type } from '@nestjs/common';
import { type TestingModule } from '@nestjs/testing';
import { type Redis } from 'ioredis';
import { type Environment } from '#libs/config';
import { AvailabilityService, type DriverState } from '#libs/drivers';
import { LocationService } from '#libs/location';
import { RedisKeys, ShardSubscriber } from '#libs/redis';
import { TripsModule, TripsService, type TripAnnouncement } from '#libs/trips';
import { startModules } from './modules.js';
import { openRedis } from './redis-clients.js';
import { testEnvironment } from './test-environment.js';

const METERS_PER_DEGREE = 111_195;

/** Two instances of the modules of trips on one prefix, and a look at the Redis under them. */
export class TripInstances {
  private nextDriver = 0;

  private constructor(
    readonly environment: Environment,
    readonly instances: TestingModule[],
    readonly redis: Redis,
  ) {}

  static async start(
    overrides: Record<string, string> = {},
    modules: Type[] = [TripsModule],
  ): Promise<TripInstances> {
    // No driver lapses and nothing is trimmed unless a test wants it to.
    const calm = { DRIVER_LEASE: '1h', EXPORT_TRIM_INTERVAL: '1h' };
    const environment = testEnvironment({ ...calm, ...overrides });
    const instances = await Promise.all([0, 1].map(() => startModules(environment, modules)));
    return new TripInstances(environment, instances, openRedis(environment.REDIS_URL));
  }

  get<T>(provider: Type<T>, instance = 0): T {
    return this.instances[instance]!.get(provider, { strict: false });
  }

  trips(instance = 0): TripsService {
    return this.get(TripsService, instance);
  }

  /** Drivers who are connected and available. */
  async freeDrivers(count: number): Promise<string[]> {
    const availability = this.get(AvailabilityService);
    const drivers = Array.from({ length: count }, () => `driver-${(this.nextDriver += 1)}`);
    await Promise.all(
      drivers.map(async (driverId) => {
        await availability.connect(driverId);
        await availability.updateStatus(driverId, { isAvailableForTrips: true });
      }),
    );
    return drivers;
  }

  /** A free driver so far north of a place, whose position is so old. */
  async driverNear(
    { lat, lng }: { lat: number; lng: number },
    meters: number,
    { ageMs = 0, isReachable = true } = {},
  ): Promise<string> {
    const [driverId] = (await this.freeDrivers(1)) as [string];
    const timestamp = Date.now() - ageMs;
    const fix = { lat: lat + meters / METERS_PER_DEGREE, lng, timestamp };
    await this.get(LocationService).record(driverId, [fix], 0);
    if (isReachable) await this.listenFor(driverId);
    return driverId;
  }

  async stateOf(driverId: string): Promise<DriverState | null> {
    return (await this.get(AvailabilityService).states([driverId]))[0] ?? null;
  }

  /** What is announced to a person from now on, as the instance that hosts it hears it. */
  async listenFor(personId: string, instance = 0): Promise<TripAnnouncement[]> {
    const heard: TripAnnouncement[] = [];
    const channel = this.get(RedisKeys, instance).personChannel(personId);
    await this.get(ShardSubscriber, instance).subscribe(channel, (message) =>
      heard.push(JSON.parse(message.toString()) as TripAnnouncement),
    );
    return heard;
  }

  key(...parts: string[]): string {
    return `${this.environment.REDIS_KEY_PREFIX}{dispatch}:${parts.join(':')}`;
  }

  /** Every key of these instances with all that it holds. */
  async everything(): Promise<Record<string, string>> {
    const keys = await this.redis.keys(`${this.environment.REDIS_KEY_PREFIX}*`);
    const values = await Promise.all(keys.map((key) => this.redis.dumpBuffer(key)));
    return Object.fromEntries(
      keys.map((key, i) => [key, values[i]?.toString('base64') ?? '']).toSorted(),
    ) as Record<string, string>;
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    await Promise.all(this.instances.map((instance) => instance.close()));
  }
}
