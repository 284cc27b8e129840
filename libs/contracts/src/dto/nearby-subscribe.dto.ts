import { RequestError } from '../error-codes.js';
import { readPoint } from '../point.js';
import { Latitude, Longitude } from './place.decorators.js';

/** `nearby:subscribe`: the place around which cars are shown, degrees, in any spelling of readPoint. */
export class NearbySubscribeDto {
  @Latitude()
  lat: number;

  @Longitude()
  lng: number;

  /** @throws RequestError VALIDATION_FAILED */
  static normalize(raw: Record<string, unknown>): { lat: number; lng: number } {
    const point = readPoint(raw);
    if (typeof point === 'object') return point;
    const reason =
      point === 'missing'
        ? 'lat and lng must be numbers of degrees'
        : 'a value is named twice and differs: send lat and lng once';
    throw new RequestError('VALIDATION_FAILED', { details: [reason] });
  }
}
