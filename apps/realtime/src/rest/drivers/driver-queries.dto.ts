import {
  QueryBoolean,
  QueryInstant,
  QueryInteger,
  QueryLatitude,
  QueryLongitude,
} from '../parameters.js';

export class NearbyQueryDto {
  @QueryLatitude({ isRequired: true, description: 'Centre of the search, degrees, WGS84' })
  lat: number;

  @QueryLongitude({ isRequired: true, description: 'Centre of the search, degrees, WGS84' })
  lng: number;

  @QueryInteger({
    default: 2_000,
    least: 1,
    description: 'At most NEARBY_MAX_RADIUS_METERS, by default 20,000',
  })
  radiusMeters: number = 2_000;

  @QueryInteger({ default: 50, least: 1, most: 500, description: 'So many of the nearest' })
  limit: number = 50;

  @QueryBoolean({
    default: false,
    description: 'Also live drivers to whom no trips may be offered now',
  })
  includeUnavailable: boolean = false;

  @QueryInteger({
    default: 90_000,
    least: 1,
    description: 'Leaves out drivers whose position is older, milliseconds',
  })
  maxAgeMs: number = 90_000;
}

export class HistoryQueryDto {
  @QueryInstant({
    description:
      'Fixes of then or later, ISO 8601 or epoch milliseconds; by default as far back as the ' +
      'history goes',
  })
  from: number = 0;

  @QueryInstant({
    description: 'Fixes of then or before, ISO 8601 or epoch milliseconds; by default now',
  })
  to?: number;
}
