import { Module } from '@nestjs/common';
import { AvailabilityModule } from '#libs/drivers';
import { MatchingModule } from '#libs/matching';
import { TripsModule } from '#libs/trips';
import { AdminTripsGateway } from '../admin/admin-trips.gateway.js';
import { DriverTripsGateway } from '../drivers/driver-trips.gateway.js';
import { PassengerTripsGateway } from '../passengers/passenger-trips.gateway.js';
import { SocketModule } from '../socket/socket.module.js';
import { DispatcherTrips } from './dispatcher-trips.js';
import { DriverFollowing } from './driver-following.js';
import { EveryTrip } from './every-trip.js';
import { OfferDelivery } from './offer-delivery.js';
import { TripDelivery } from './trip-delivery.js';

/** Trips over Socket.IO. Imported after the namespaces: they say hello first. */
@Module({
  imports: [SocketModule, AvailabilityModule, TripsModule, TripsModule, MatchingModule],
  providers: [
    OfferDelivery,
    TripDelivery,
    EveryTrip,
    DispatcherTrips,
    DriverFollowing,
    PassengerTripsGateway,
    DriverTripsGateway,
    AdminTripsGateway,
  ],
})
export class TripsRealtimeModule {}
