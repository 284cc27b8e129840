import { Latitude, Longitude } from './place.decorators.js';

/** `nearby:subscribe`: the place around which cars are shown, degrees. Also read as `latitude`, `longitude`. */
export class NearbySubscribeDto {
  @Latitude()
  lat: number;

  @Longitude()
  lng: number;

  static normalize(raw: Record<string, unknown>): Record<string, unknown> {
    return { lat: raw['lat'] ?? raw['latitude'], lng: raw['lng'] ?? raw['longitude'] };
  }
}
