import { Injectable } from '@nestjs/common';
import { LuaScript, RedisCommands } from '#libs/redis';
import { type AvailabilityRecord, type DriverState } from './availability-record.js';
import { DispatchKeys } from './dispatch-keys.js';

const scripts = {
  holdLeases: LuaScript.load(import.meta.url, 'hold_leases'),
  releaseLeases: LuaScript.load(import.meta.url, 'release_leases'),
  withdrawDriver: LuaScript.load(import.meta.url, 'withdraw_driver'),
  reapLeases: LuaScript.load(import.meta.url, 'reap_leases'),
  changeStatus: LuaScript.load(import.meta.url, 'change_status'),
  setTrip: LuaScript.load(import.meta.url, 'set_trip'),
  readLive: LuaScript.load(import.meta.url, 'read_live'),
  readDrivers: LuaScript.load(import.meta.url, 'read_drivers'),
  clearDeparted: LuaScript.load(import.meta.url, 'clear_departed'),
  eraseDriver: LuaScript.load(import.meta.url, 'erase_driver'),
};

/** Lua's unpack and the Redis thread both want bounded calls. */
const CHUNK = 500;

export interface LeaseHold {
  driverId: string;
  remainingMs: number;
}

/** A connection that is no more, and the epoch it was given. */
export interface ClosedConnection {
  driverId: string;
  epoch: number;
}

export interface HeldDriver {
  record: AvailabilityRecord;
  epoch: number;
}

export type StateChange = DriverState | 'ON_TRIP' | 'ABSENT';

/** The only code that reads and writes availability and leases, but for the script of trips. */
@Injectable()
export class AvailabilityStore {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: DispatchKeys,
  ) {}

  /** Takes the leases of drivers that connect and gives each connection its driver's next epoch. */
  async connect(
    driverIds: readonly string[],
    leaseTtlMs: number,
    resumeWindowMs: number,
  ): Promise<HeldDriver[]> {
    const holds = driverIds.map((driverId) => ({ driverId, remainingMs: leaseTtlMs }));
    const reply = await this.hold('1', resumeWindowMs, holds);
    return driverIds.map((_, i) => ({
      epoch: Number(reply[3 * i + 1]),
      record: JSON.parse(reply[3 * i + 2]!) as AvailabilityRecord,
    }));
  }

  async renew(holds: readonly LeaseHold[], resumeWindowMs: number): Promise<void> {
    for (let first = 0; first < holds.length; first += CHUNK) {
      await this.hold('0', resumeWindowMs, holds.slice(first, first + CHUNK));
    }
  }

  /** Whether each lease was shortened: it was not if the driver has a newer connection. */
  async release(closed: readonly ClosedConnection[], graceMs: number): Promise<boolean[]> {
    const reply = (await this.redis.run(
      scripts.releaseLeases,
      [this.keys.leases, this.keys.epochs, this.keys.clock],
      [graceMs, ...closed.flatMap(({ driverId, epoch }) => [driverId, epoch])],
    )) as number[];
    return reply.map((shortened) => shortened === 1);
  }

  /** Whether the lease ended now: it did not if the driver is on a trip or has connected since. */
  async withdraw(driverId: string, sessionsEndedAt: number): Promise<boolean> {
    const keys = [this.keys.leases, this.keys.drivers, this.keys.epochs, this.keys.clock];
    return (await this.redis.run(scripts.withdrawDriver, keys, [driverId, sessionsEndedAt])) === 1;
  }

  /** Ids of the drivers whose leases were ended by this call; none when no other one has run out. */
  async reap(): Promise<string[]> {
    const { leases, drivers, departed, revision, feed, timers, clock } = this.keys;
    const keys = [leases, drivers, departed, revision, feed, timers, clock];
    return (await this.redis.run(scripts.reapLeases, keys, [CHUNK])) as string[];
  }

  changeStatus(
    driverId: string,
    online: boolean | undefined,
    available: boolean | undefined,
  ): Promise<StateChange> {
    return this.change(scripts.changeStatus, [driverId, toFlag(online), toFlag(available)]);
  }

  setTrip(driverId: string, tripId: string | null): Promise<StateChange> {
    return this.change(scripts.setTrip, [driverId, tripId ?? '']);
  }

  async readLive(): Promise<{ revision: number; records: AvailabilityRecord[] }> {
    const keys = [this.keys.leases, this.keys.drivers, this.keys.revision];
    const [revision, ...records] = (await this.redis.run(scripts.readLive, keys, [])) as string[];
    return {
      revision: Number(revision),
      records: records.map((json) => JSON.parse(json) as AvailabilityRecord),
    };
  }

  /** In the order asked; null for a driver that never connected. */
  async read(driverIds: readonly string[]): Promise<(DriverState | null)[]> {
    const states: (DriverState | null)[] = [];
    for (let first = 0; first < driverIds.length; first += CHUNK) {
      const ids = driverIds.slice(first, first + CHUNK);
      const reply = (await this.redis.run(
        scripts.readDrivers,
        [this.keys.leases, this.keys.drivers, this.keys.clock],
        ids,
      )) as string[];
      for (let i = 0; i < reply.length; i += 2) {
        const json = reply[i]!;
        states.push(
          json === ''
            ? null
            : { live: reply[i + 1] === '1', record: JSON.parse(json) as AvailabilityRecord },
        );
      }
    }
    return states;
  }

  /** Departed drivers that are still in the index of positions, with the time they departed. */
  async readDeparted(): Promise<{ driverId: string; until: number }[]> {
    const reply = await this.redis.do((redis) =>
      redis.zrange(this.keys.departed, '0', String(CHUNK - 1), 'WITHSCORES'),
    );
    const departed: { driverId: string; until: number }[] = [];
    for (let i = 0; i < reply.length; i += 2)
      departed.push({ driverId: reply[i]!, until: Number(reply[i + 1]) });
    return departed;
  }

  async clearDeparted(departed: readonly { driverId: string; until: number }[]): Promise<void> {
    await this.redis.run(
      scripts.clearDeparted,
      [this.keys.departed],
      departed.flatMap(({ driverId, until }) => [driverId, until]),
    );
  }

  /** @returns how much was known of the driver; null while it has a lease */
  async erase(driverId: string): Promise<number | null> {
    const { leases, drivers, epochs, departed, timers } = this.keys;
    const keys = [leases, drivers, epochs, departed, timers];
    const gone = Number(await this.redis.run(scripts.eraseDriver, keys, [driverId]));
    return gone < 0 ? null : gone;
  }

  get feedChannel(): string {
    return this.keys.feed;
  }

  private async hold(
    connects: '0' | '1',
    resumeWindowMs: number,
    holds: readonly LeaseHold[],
  ): Promise<string[]> {
    return (await this.redis.run(
      scripts.holdLeases,
      [
        this.keys.leases,
        this.keys.drivers,
        this.keys.epochs,
        this.keys.departed,
        this.keys.revision,
        this.keys.feed,
        this.keys.clock,
      ],
      [
        connects,
        resumeWindowMs,
        ...holds.flatMap(({ driverId, remainingMs }) => [driverId, Math.round(remainingMs)]),
      ],
    )) as string[];
  }

  private async change(script: LuaScript, args: string[]): Promise<StateChange> {
    const reply = await this.redis.run(
      script,
      [this.keys.leases, this.keys.drivers, this.keys.revision, this.keys.feed, this.keys.clock],
      args,
    );
    if (reply === 'ON_TRIP' || reply === 'ABSENT') return reply;
    const [json, live] = reply as [string, string];
    return { live: live === '1', record: JSON.parse(json) as AvailabilityRecord };
  }
}

function toFlag(value: boolean | undefined): string {
  if (value === undefined) return '';
  return value ? '1' : '0';
}
