import { Module } from '@nestjs/common';
import { AvailabilityModule } from '#libs/availability';
import { DispatchModule } from '#libs/dispatch';
import { RidesModule } from '#libs/rides';
import { TripsModule } from '#libs/trips';
import { SocketModule } from '../socket/socket.module.js';
import { AdminTripsGateway } from './admin-trips.gateway.js';
import { DispatcherTrips } from './dispatcher-trips.js';
import { DriverFollowing } from './driver-following.js';
import { DriverTripsGateway } from './driver-trips.gateway.js';
import { EveryTrip } from './every-trip.js';
import { OfferDelivery } from './offer-delivery.js';
import { PassengerTripsGateway } from './passenger-trips.gateway.js';
import { TripDelivery } from './trip-delivery.js';

/** Trips over Socket.IO. Imported after the namespaces: they say hello first. */
@Module({
  imports: [SocketModule, AvailabilityModule, TripsModule, RidesModule, DispatchModule],
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
