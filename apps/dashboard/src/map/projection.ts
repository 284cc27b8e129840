import { type Map as Basemap } from 'maplibre-gl';

const TILE = 512;

/** Where a place is on the screen, pixels from the upper left corner of the map. */
export type Project = (lng: number, lat: number) => [x: number, y: number];

/**
 * Web Mercator of a map that is neither turned nor tilted, as it is now.
 * @param width of what is drawn on, in its own pixels, as is the height
 * @param scale pixels of it for one of CSS
 * @param ahead how far the hand is ahead of the camera, pixels of CSS
 */
export function projectionOf(
  map: Basemap,
  width: number,
  height: number,
  scale: number,
  ahead: { x: number; y: number },
): Project {
  const { world, left, top } = screenOf(map, width, height, scale, ahead);
  return (lng, lat) => {
    const [x, y] = mercator(lng, lat);
    return [x * world - left, y * world - top];
  };
}

/** The same for places that are in Web Mercator already: `x * world - left`, `y * world - top`. */
export function screenOf(
  map: Basemap,
  width: number,
  height: number,
  scale: number,
  ahead: { x: number; y: number },
): { world: number; left: number; top: number } {
  const { lng, lat } = map.getCenter();
  const world = TILE * 2 ** map.getZoom() * scale;
  const [centerX, centerY] = mercator(lng, lat);
  return {
    world,
    left: centerX * world - width / 2 - ahead.x * scale,
    top: centerY * world - height / 2 - ahead.y * scale,
  };
}

/** From 0 to 1 over the world. */
export function mercator(lng: number, lat: number): [number, number] {
  const sine = Math.sin((lat * Math.PI) / 180);
  return [lng / 360 + 0.5, 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)];
}
