import { toDriverEnRouteUpdate, toTripDriverLocation, type DriverPicture } from '#libs/trips';

/**
 * The Socket.IO packets about one picture of a driver, as `emit` would have made them: encoded when
 * first needed and once, however many people follow the trip.
 */
export class DriverFrames {
  private locationJson: string | undefined;
  private enRouteJson: string | undefined;

  constructor(
    private readonly tripId: string,
    private readonly picture: DriverPicture,
  ) {}

  location(namespace: string): string {
    this.locationJson ??= JSON.stringify([
      'trip:driver_location',
      toTripDriverLocation(this.tripId, this.picture),
    ]);
    return `2${namespace},${this.locationJson}`;
  }

  enRoute(namespace: string): string {
    this.enRouteJson ??= JSON.stringify([
      'trip:driver_en_route',
      toDriverEnRouteUpdate(this.tripId, this.picture),
    ]);
    return `2${namespace},${this.enRouteJson}`;
  }
}
