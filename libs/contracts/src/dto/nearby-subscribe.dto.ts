import { IsNumber, Max, Min } from 'class-validator';

/** `nearby:subscribe`: the place around which cars are shown, degrees. Also read as `latitude`, `longitude`. */
export class NearbySubscribeDto {
  @IsNumber()
  @Min(-90)
  @Max(90)
  lat: number;

  @IsNumber()
  @Min(-180)
  @Max(180)
  lng: number;

  static normalize(raw: Record<string, unknown>): Record<string, unknown> {
    return { lat: raw['lat'] ?? raw['latitude'], lng: raw['lng'] ?? raw['longitude'] };
  }
}
