/** A place with what people call it; null where it has no address. Degrees, WGS84. */
export interface Place {
  lat: number;
  lng: number;
  address: string | null;
}
