import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Revocations } from '#libs/auth';
import { driversConfig, socketsConfig } from '#libs/config';
import { type Principal } from '#libs/contracts';
import { type AvailabilityService, type LeaseHold } from '#libs/drivers';
import { ReportingDevice } from '#libs/location';
import { createLogger, Metrics, type Log } from '#libs/observability';
import { testEnvironment, until } from '#libs/testing';
import { ConnectionGuard } from '../socket/connection/connection-guard.js';
import { RefusalLog } from '../socket/connection/refusal-log.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { LeaseKeeper } from './lease-keeper.js';

const LEASE_MS = 600;

function setUp() {
  const renewals: { holds: string[]; longestMs: number; answer: () => void }[] = [];
  const availability = {
    renew: (holds: readonly LeaseHold[]) =>
      new Promise<void>((answer) =>
        renewals.push({
          holds: holds.map(({ driverId }) => driverId),
          longestMs: Math.max(...holds.map(({ remainingMs }) => remainingMs)),
          answer,
        }),
      ),
  };
  const revoked = new Set<string>();
  const environment = testEnvironment({
    DRIVER_LEASE: `${LEASE_MS}ms`,
    DRIVER_GRACE: '100ms',
    WS_PING_INTERVAL: '100ms',
  });
  const guard = new ConnectionGuard(
    socketsConfig(environment),
    new RefusalLog(createLogger('silent'), new Metrics()),
  );
  const keeper = new LeaseKeeper(
    driversConfig(environment),
    availability as unknown as AvailabilityService,
    guard,
    {
      settled: () => Promise.resolve(),
      isRevoked: ({ userId }: Principal) => revoked.has(userId),
    } as unknown as Revocations,
    { debug: () => undefined } as unknown as Log,
    new Metrics(),
  );
  const connect = (userId: string) => {
    const conn = Object.assign(new EventEmitter(), {
      readyState: 'open',
      transport: { name: 'websocket' },
    });
    const socket = { conn, data: { principal: { userId } } } as unknown as RealtimeSocket;
    guard.watch(socket.conn, '127.0.0.1');
    keeper.add(socket, 1, new ReportingDevice(0));
    return { socket, speak: () => conn.emit('packet', { type: 'pong' }) };
  };
  return { keeper, renewals, connect, revoked };
}

/** What is heard in the same millisecond as the last renewal needs none. */
async function untilTheClockMovesOn(): Promise<void> {
  const from = performance.now();
  await until('the clock has moved on', () => performance.now() > from + 1);
}

describe(LeaseKeeper.name, () => {
  afterEach(() => vi.restoreAllMocks());

  it('[AUTH2] the lease of a driver whose session has ended is not renewed', async () => {
    const { keeper, renewals, connect, revoked } = setUp();
    const connections = ['banned', 'other'].map(connect);
    await untilTheClockMovesOn();
    for (const { speak } of connections) speak();
    revoked.add('banned');
    keeper.onApplicationBootstrap();
    await until('leases are renewed', () => renewals.length === 1);
    expect(renewals[0]!.holds).toEqual(['other']);
    renewals[0]!.answer();
    await keeper.onApplicationShutdown();
  });

  it('[LOC2] a driver that leaves while the leases of many are renewed is not renewed after it left', async () => {
    const { keeper, renewals, connect } = setUp();
    const connections = Array.from({ length: 502 }, (_, i) => connect(`driver-${i}`));
    await untilTheClockMovesOn();
    for (const { speak } of connections) speak();
    keeper.onApplicationBootstrap();
    await until('the first are renewed', () => renewals.length === 1);
    keeper.remove(connections[500]!.socket);
    renewals[0]!.answer();
    await until('the others are renewed', () => renewals.length === 2);
    expect(renewals.map(({ holds }) => holds.length)).toEqual([500, 1]);
    expect(renewals[1]!.holds).toEqual(['driver-501']);
    renewals[1]!.answer();
    await keeper.onApplicationShutdown();
  });

  it('[LOC2] a clock of the server that is put back neither stops renewals nor lengthens a lease', async () => {
    const { keeper, renewals, connect } = setUp();
    const quiet = connect('quiet');
    const talking = connect('talking');
    await untilTheClockMovesOn();
    quiet.speak();
    const now = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => now() - 3_600_000);
    talking.speak();
    keeper.onApplicationBootstrap();
    await until('both are renewed', () => renewals.length === 1);
    expect(renewals[0]!.holds).toEqual(['quiet', 'talking']);
    expect(renewals[0]!.longestMs).toBeLessThanOrEqual(LEASE_MS);
    renewals[0]!.answer();
    await keeper.onApplicationShutdown();
  });
});
