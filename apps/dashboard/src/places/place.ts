/** A place with what people call it; null where it has no address. Degrees, WGS84. */
export interface Place {
  lat: number;
  lng: number;
  address: string | null;
}

const PLACE = /^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)(?:,(.*))?$/su;
/** About a metre. */
const DECIMALS = 5;

/** `lat,lng,address`; undefined for anything else. */
export function readPlace(text: string | null): Place | undefined {
  const [, lat, lng, address] = PLACE.exec(text ?? '') ?? [];
  const [latNumber, lngNumber] = [Number(lat), Number(lng)];
  if (lat === undefined || Math.abs(latNumber) > 90 || Math.abs(lngNumber) > 180) return undefined;
  return { lat: latNumber, lng: lngNumber, address: address ? address : null };
}

export function writePlace(place: Place | undefined): string {
  if (!place) return '';
  const { lat, lng, address } = place;
  return `${lat.toFixed(DECIMALS)},${lng.toFixed(DECIMALS)}${address ? `,${address}` : ''}`;
}
