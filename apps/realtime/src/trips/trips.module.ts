import { Module } from '@nestjs/common';
import { AvailabilityModule } from '#libs/drivers';
import { MatchingModule } from '#libs/matching';
import { TripsModule } from '#libs/trips';
import { SocketModule } from '../socket/socket.module.js';
import { DispatcherTrips } from './dispatcher-trips.js';
import { DriverFollowing } from './driver-following.js';
import { EveryTrip } from './every-trip.js';
import { OfferDelivery } from './offer-delivery.js';
import { TripDelivery } from './trip-delivery.js';

/** Sends the events of trips; for the gateways and welcomes of the namespaces. */
@Module({
  imports: [SocketModule, AvailabilityModule, TripsModule, MatchingModule],
  providers: [OfferDelivery, TripDelivery, EveryTrip, DispatcherTrips, DriverFollowing],
  exports: [TripDelivery, DispatcherTrips, DriverFollowing],
})
export class TripsRealtimeModule {}
