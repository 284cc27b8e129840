import { Inject, Injectable } from '@nestjs/common';
import { dispatchConfig, type ConfigType } from '#libs/config';
import { DriversEvent, RequestError, TripEventName, type TripOffered } from '#libs/contracts';
import { Log } from '#libs/observability';
import { RidesService, tripIdOf, TripsService } from '#libs/trips';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { type TripReader } from './trip-reader.js';

/** Where no confirmation is required an app has this long to send one for the record. */
const LATE_CONFIRMATION_MS = 10_000;

/** Brings offers to drivers' apps, whose confirmation says that the driver can be reached. */
@Injectable()
export class OfferDelivery {
  constructor(
    @Inject(dispatchConfig.KEY) private readonly settings: ConfigType<typeof dispatchConfig>,
    private readonly trips: TripsService,
    private readonly rides: RidesService,
    private readonly log: Log,
  ) {}

  send(socket: RealtimeSocket, offer: TripOffered): void {
    const timeoutMs = this.settings.deliveryMs ?? LATE_CONFIRMATION_MS;
    const confirmed = (error: Error | null): void => {
      if (!error) void this.confirm(socket.data.principal.userId, offer.assignmentId);
    };
    socket
      .timeout(timeoutMs)
      .emit(DriversEvent.assignmentOffered, offer as never, confirmed as never);
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
    const isKnown = reader.known().some(([known]) => known === tripId);
    if (isKnown && seen === undefined) return;
    const history = (await this.trips.historyAfter(tripId, 0)) ?? [];
    const made = history.find(({ tellings: [first] }) => isOffer(first, assignmentId));
    if (!made) return;
    if (!isKnown) reader.deliver(tripId, history, made.version - 1);
    else if (seen !== undefined && seen >= made.version)
      await this.confirm(reader.socket.data.principal.userId, assignmentId);
  }

  private async confirm(driverId: string, assignmentId: string): Promise<void> {
    try {
      await this.rides.confirmOffer(driverId, assignmentId);
    } catch (error) {
      // Answered, taken back or too late meanwhile; or Redis is away and the deadline decides.
      if (error instanceof RequestError) return;
      this.log.error({ assignmentId, err: error }, 'confirming an offer failed');
    }
  }
}

function isOffer(
  telling: { event: string; payload: object } | undefined,
  assignmentId: string,
): boolean {
  return (
    telling?.event === TripEventName.offered &&
    (telling.payload as TripOffered).assignmentId === assignmentId
  );
}
