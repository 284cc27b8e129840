import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { AvailabilityService, type LeaseHold } from '#libs/availability';
import { Configuration } from '#libs/config';
import { Log } from '#libs/observability';
import { type RealtimeSocket } from '../socket/realtime-socket.js';

interface KeptConnection {
  /** When the last packet of the connection came, pongs included; epoch ms. */
  heardAt: number;
  /** What `heardAt` was when the lease was renewed last. */
  renewedAt: number;
  note: () => void;
}

/** A lease is renewed this often within its lifetime. */
const RENEWALS_PER_LEASE = 6;

/**
 * Renews the leases of the drivers on this instance by when each was last heard: a phone that fell
 * silent lapses in time although its connection still looks open (LOC2).
 */
@Injectable()
export class LeaseKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly kept = new Map<RealtimeSocket, KeptConnection>();
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> | undefined;

  constructor(
    private readonly configuration: Configuration,
    private readonly availability: AvailabilityService,
    private readonly log: Log,
  ) {}

  add(socket: RealtimeSocket): void {
    const now = Date.now();
    const kept: KeptConnection = {
      heardAt: now,
      renewedAt: now,
      note: () => {
        kept.heardAt = Date.now();
      },
    };
    this.kept.set(socket, kept);
    socket.conn.on('packet', kept.note);
  }

  remove(socket: RealtimeSocket): void {
    const kept = this.kept.get(socket);
    if (!kept) return;
    this.kept.delete(socket);
    // The connection may live on in other namespaces, and come back to this one.
    socket.conn.off('packet', kept.note);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.renewing ??= this.renew(Date.now())
        .catch((error: unknown) =>
          this.log.debug({ err: error }, 'renewing leases waits for redis'),
        )
        .finally(() => (this.renewing = undefined));
    }, this.configuration.drivers.leaseTtlMs / RENEWALS_PER_LEASE);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
  }

  private async renew(now: number): Promise<void> {
    const { leaseTtlMs } = this.configuration.drivers;
    const due: { driverId: string; heardAt: number; kept: KeptConnection }[] = [];
    for (const [socket, kept] of this.kept) {
      const remainingMs = kept.heardAt + leaseTtlMs - now;
      if (kept.heardAt > kept.renewedAt && remainingMs > 0) {
        due.push({ driverId: socket.data.principal.userId, heardAt: kept.heardAt, kept });
      }
    }
    if (due.length === 0) return;
    const holds: LeaseHold[] = due.map(({ driverId, heardAt }) => ({
      driverId,
      remainingMs: heardAt + leaseTtlMs - now,
    }));
    await this.availability.renew(holds);
    for (const { kept, heardAt } of due) kept.renewedAt = heardAt;
  }
}
