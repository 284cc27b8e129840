import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Revocations } from '#libs/auth';
import { driversConfig, type ConfigType } from '#libs/config';
import { AvailabilityService, type LeaseHold } from '#libs/drivers';
import { type ReportingDevice } from '#libs/location';
import { Log, Metrics } from '#libs/observability';
import { BackgroundTask } from '#libs/redis';
import { ConnectionGuard } from '../socket/connection/connection-guard.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';

/** What is kept of the connection of a driver. */
interface KeptConnection {
  /** Orders the fixes of the connection among those of its driver. */
  readonly epoch: number;
  readonly device: ReportingDevice;
  /** Up to when what was heard of the connection is in its lease; ms, see ConnectionGuard.heardAt. */
  renewedAt: number;
}

interface DueConnection extends LeaseHold {
  kept: KeptConnection;
  heardAt: number;
}

/** A lease is renewed this often within its lifetime. */
const RENEWALS_PER_LEASE = 6;
/** Leases that one call to Redis renews. */
const BATCH = 500;

/**
 * Renews the leases of the drivers on this instance by when each was last heard: a phone that fell
 * silent lapses in time although its connection still looks open (LOC2).
 */
@Injectable()
export class LeaseKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly kept = new Map<RealtimeSocket, KeptConnection>();
  private readonly task: BackgroundTask;

  constructor(
    @Inject(driversConfig.KEY) private readonly settings: ConfigType<typeof driversConfig>,
    private readonly availability: AvailabilityService,
    private readonly connections: ConnectionGuard,
    private readonly revocations: Revocations,
    log: Log,
    metrics: Metrics,
  ) {
    metrics.gauge({
      name: 'ridewire_driver_leases_held',
      help: 'Connections of drivers whose leases this instance renews.',
      read: () => this.kept.size,
    });
    this.task = new BackgroundTask(log, 'renewing leases', () => this.renew());
  }

  add(socket: RealtimeSocket, epoch: number, device: ReportingDevice): void {
    this.kept.set(socket, { epoch, device, renewedAt: performance.now() });
  }

  /** @returns the epoch of the connection; 0 for one that was never given any */
  remove(socket: RealtimeSocket): number {
    const epoch = this.keptOf(socket)?.epoch ?? 0;
    this.kept.delete(socket);
    return epoch;
  }

  keptOf(socket: RealtimeSocket): Readonly<KeptConnection> | undefined {
    return this.kept.get(socket);
  }

  onApplicationBootstrap(): void {
    this.task.start(this.settings.leaseTtlMs / RENEWALS_PER_LEASE);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  /** @returns whether any was due */
  private async renew(): Promise<boolean> {
    // An instance that was frozen first learns whose sessions have ended: it brings none of them back.
    await this.revocations.settled();
    let isAnyDue = false;
    const { leaseTtlMs } = this.settings;
    let batch: DueConnection[] = [];
    // A batch is gathered and sent in one turn: a connection that closes while an earlier one is on
    // its way is not renewed after its release.
    for (const [socket, kept] of this.kept) {
      const heardAt = this.connections.heardAt(socket.conn);
      const remainingMs = heardAt + leaseTtlMs - performance.now();
      if (heardAt <= kept.renewedAt || remainingMs <= 0) continue;
      const { principal } = socket.data;
      if (this.revocations.isRevoked(principal)) continue;
      isAnyDue = true;
      batch.push({ kept, heardAt, driverId: principal.userId, remainingMs });
      if (batch.length < BATCH) continue;
      await this.send(batch);
      batch = [];
    }
    if (batch.length > 0) await this.send(batch);
    return isAnyDue;
  }

  private async send(batch: readonly DueConnection[]): Promise<void> {
    await this.availability.renew(batch);
    for (const { kept, heardAt } of batch) kept.renewedAt = heardAt;
  }
}
