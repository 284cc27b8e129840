import { Inject, Injectable } from '@nestjs/common';
import { dispatchConfig, type ConfigType } from '#libs/config';
import { RequestError, type TripOffered } from '#libs/contracts';
import { Log } from '#libs/observability';
import { AcknowledgingDevices, RidesService, tripIdOf, TripsService } from '#libs/trips';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { Outbox } from '../socket/sending/outbox.js';
import { type TripReader } from './trip-reader.js';

/** An app has at least this long to confirm an offer for the record. */
const LATE_CONFIRMATION_MS = 10_000;

/** Brings offers to drivers' apps, whose confirmation says that the driver can be reached. */
@Injectable()
export class OfferDelivery {
  constructor(
    @Inject(dispatchConfig.KEY) private readonly settings: ConfigType<typeof dispatchConfig>,
    private readonly trips: TripsService,
    private readonly rides: RidesService,
    private readonly devices: AcknowledgingDevices,
    private readonly outbox: Outbox,
    private readonly log: Log,
  ) {}

  send(socket: RealtimeSocket, offer: TripOffered): void {
    const { assignmentId } = offer;
    const { deliveryMs, isDeliveryLearned } = this.settings;
    const { userId, sid } = socket.data.principal;
    const confirmed = (error: Error | null): void => {
      if (!error) void this.confirm(userId, sid, assignmentId);
    };
    this.outbox.drivers.toSocketConfirmed(
      socket,
      'trip:assignment:offered',
      offer,
      Math.max(deliveryMs ?? 0, LATE_CONFIRMATION_MS),
      confirmed,
    );
    if (isDeliveryLearned) void this.vouchForOldDevice(userId, sid, assignmentId);
  }

  /**
   * Announced while the driver was connected to nothing, or to an instance that died.
   * @param named the newest events of trips that the client says it has seen: an offer among them
   * has come, though its confirmation may have been lost with the connection
   */
  async sendAgain(
    reader: TripReader,
    assignmentId: string,
    named: ReadonlyMap<string, number>,
  ): Promise<void> {
    const tripId = tripIdOf(assignmentId);
    const seen = named.get(tripId);
    const { userId, sid } = reader.socket.data.principal;
    const isKnown = reader.known().some(([known]) => known === tripId);
    if (isKnown && seen === undefined) return;
    const history = (await this.trips.historyAfter(tripId, 0)) ?? [];
    const made = history.find(({ notices: [first] }) => isOffer(first, assignmentId));
    if (!made) return;
    if (!isKnown) reader.deliver(tripId, history, made.version - 1);
    else if (seen !== undefined && seen >= made.version)
      await this.confirm(userId, sid, assignmentId);
  }

  /** Old apps confirm no offer: that their connection has taken it has to do. */
  private async vouchForOldDevice(
    driverId: string,
    sid: string,
    assignmentId: string,
  ): Promise<void> {
    try {
      if (!(await this.devices.has(sid)))
        await this.rides.confirmOffer(driverId, assignmentId, true);
    } catch (error) {
      this.report(assignmentId, error);
    }
  }

  private async confirm(driverId: string, sid: string, assignmentId: string): Promise<void> {
    try {
      await Promise.all([
        this.rides.confirmOffer(driverId, assignmentId),
        this.settings.isDeliveryLearned ? this.devices.remember(sid) : null,
      ]);
    } catch (error) {
      this.report(assignmentId, error);
    }
  }

  /** Answered, taken back or too late meanwhile; or Redis is away and the deadline decides. */
  private report(assignmentId: string, error: unknown): void {
    if (error instanceof RequestError) return;
    this.log.error({ assignmentId, err: error }, 'confirming an offer failed');
  }
}

function isOffer(
  notice: { event: string; payload: object } | undefined,
  assignmentId: string,
): boolean {
  return (
    notice?.event === 'trip:assignment:offered' &&
    (notice.payload as TripOffered).assignmentId === assignmentId
  );
}
