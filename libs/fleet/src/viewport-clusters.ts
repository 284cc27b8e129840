import { type ViewportBox, type ViewportCluster } from '#libs/contracts';
import { CELL_BITS, cellOf, centerOfCell } from '#libs/location';
import { GRID_LEVEL, type FleetGrid } from './fleet-grid.js';

/** A cluster stands for a square of about 64 pixels: at zoom z that is a cell of level z + 2. */
const LEVELS_ABOVE_ZOOM = 2;
const FINEST_LEVEL = CELL_BITS / 2;
/** However large a view and its zoom: no more clusters than a screen can show. */
const MAX_CLUSTERS = 1_024;

interface Gathered {
  lat: number;
  lng: number;
  count: number;
}

/** Counts the drivers of the cells that touch the box; whole cells, so that panning changes no count. */
export function clustersOf(grid: FleetGrid, box: ViewportBox, zoom: number): ViewportCluster[] {
  const level = levelFor(box, zoom);
  const gathered = new Map<number, Gathered>();
  const gather = (cell: number, place: { lat: number; lng: number }, count: number) => {
    const cluster = gathered.get(cell);
    if (!cluster) {
      gathered.set(cell, { lat: place.lat * count, lng: place.lng * count, count });
      return;
    }
    cluster.lat += place.lat * count;
    cluster.lng += place.lng * count;
    cluster.count += count;
  };
  for (const { cell, drivers } of grid.touching(box)) {
    if (level <= GRID_LEVEL) {
      const coarse = cell >>> (2 * (GRID_LEVEL - level));
      gather(coarse, centerOfCell(cell, GRID_LEVEL), drivers.size);
      continue;
    }
    for (const { position } of drivers) {
      if (!position) continue;
      const fine = cellOf(position.lat, position.lng) >>> (2 * (FINEST_LEVEL - level));
      gather(fine, position, 1);
    }
  }
  return [...gathered.values()].map(({ lat, lng, count }) => ({
    lat: roundPlace(lat / count),
    lng: roundPlace(lng / count),
    count,
  }));
}

function levelFor(box: ViewportBox, zoom: number): number {
  let level = Math.min(FINEST_LEVEL, Math.floor(zoom) + LEVELS_ABOVE_ZOOM);
  const width = box.west <= box.east ? box.east - box.west : 360 - box.west + box.east;
  const cells = (at: number) => {
    const degrees = 360 / 2 ** at;
    return (width / degrees + 1) * ((box.north - box.south) / degrees + 1);
  };
  while (level > 0 && cells(level) > MAX_CLUSTERS) level -= 1;
  return level;
}

/** A metre is enough for a circle on a map. */
function roundPlace(degrees: number): number {
  return Math.round(degrees * 1e5) / 1e5;
}
