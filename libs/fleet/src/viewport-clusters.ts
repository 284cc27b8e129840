import { type ViewportBox, type ViewportCluster } from '#libs/contracts';
import { CELL_BITS, cellOf, centerOfCell, isInBox, type Point } from '#libs/location';
import { GRID_LEVEL, type FleetGrid } from './fleet-grid.js';

/** A cluster stands for a square of about 64 pixels: at zoom z that is a cell of level z + 2. */
const LEVELS_ABOVE_ZOOM = 2;
const FINEST_LEVEL = CELL_BITS / 2;
/** However large a view and its zoom: no more clusters than a screen can show. */
const MAX_CLUSTERS = 1_024;

/** Drivers of one square who are in view. */
class Gathered {
  count = 0;
  private lat = 0;
  private lng = 0;

  /** @param first where one of them is, for a middle that is not in view */
  constructor(private readonly first: Point) {}

  add(place: Point, count: number): void {
    this.lat += place.lat * count;
    this.lng += place.lng * count;
    this.count += count;
  }

  /** Where they are on average. A view around the globe has a gap, in which the average may lie. */
  middleIn(box: ViewportBox): Point {
    const lat = roundPlace(this.lat / this.count);
    const lng = roundPlace(this.lng / this.count);
    return isInBox(box, lat, lng) ? { lat, lng } : { lat: this.first.lat, lng: this.first.lng };
  }
}

/** Counts the drivers in the box by squares of the map: those of a square that is cut are looked at one by one. */
export function clustersOf(grid: FleetGrid, box: ViewportBox, zoom: number): ViewportCluster[] {
  const level = levelFor(box, zoom);
  const gathered = new Map<number, Gathered>();
  const gather = (square: number, place: Point, count: number) => {
    let cluster = gathered.get(square);
    if (!cluster) gathered.set(square, (cluster = new Gathered(place)));
    cluster.add(place, count);
  };
  for (const { cell, drivers, isWhole } of grid.within(box)) {
    if (isWhole && level <= GRID_LEVEL) {
      const square = cell >>> (2 * (GRID_LEVEL - level));
      gather(square, centerOfCell(cell, GRID_LEVEL), drivers.size);
      continue;
    }
    for (const { position } of drivers) {
      if (!position) continue;
      gather(cellOf(position.lat, position.lng) >>> (2 * (FINEST_LEVEL - level)), position, 1);
    }
  }
  return [...gathered.values()].map((each) => ({ ...each.middleIn(box), count: each.count }));
}

function levelFor(box: ViewportBox, zoom: number): number {
  let level = Math.min(FINEST_LEVEL, Math.floor(zoom) + LEVELS_ABOVE_ZOOM);
  const width = box.west <= box.east ? box.east - box.west : 360 - box.west + box.east;
  const cells = (at: number) => {
    const degrees = 360 / 2 ** at;
    return (width / degrees + 2) * ((box.north - box.south) / degrees + 2);
  };
  while (level > 0 && cells(level) > MAX_CLUSTERS) level -= 1;
  return level;
}

/** A metre is enough for a circle on a map. */
function roundPlace(degrees: number): number {
  return Math.round(degrees * 1e5) / 1e5 + 0;
}
