import { NO_SURGE_BASIS_POINTS, type DemandCell, type DemandMap } from '#libs/contracts/browser';
import { type Drawing } from './map-overlay.js';

/** How the free drivers of a cell and the requests that wait there stand to each other. */
export type Balance = 'plenty' | 'even' | 'short';

const SMALLEST_WITH_WORDS = 46;
const SMALLEST_WITH_COUNTS = 64;

/** Undefined where nobody is free and nobody waits. */
export function balanceOf({ free, waiting }: DemandCell): Balance | undefined {
  if (waiting > free) return 'short';
  if (waiting > 0) return 'even';
  return free > 0 ? 'plenty' : undefined;
}

/** 15000 basis points are 1.5×. */
export function factorText(surgeBasisPoints: number): string {
  return `${Number((surgeBasisPoints / NO_SURGE_BASIS_POINTS).toFixed(2))}×`;
}

export function hasSurge({ surgeEndsAt }: DemandCell): boolean {
  return surgeEndsAt !== null;
}

/** The cell of the map around a place; one without anything when the map has none. */
export function cellAround(
  place: { lat: number; lng: number },
  { cells, cellDegrees }: DemandMap,
): DemandCell {
  const [column, row] = [place.lng, place.lat].map((each) => Math.floor(each / cellDegrees));
  const center = { lng: (column! + 0.5) * cellDegrees, lat: (row! + 0.5) * cellDegrees };
  const near = (a: number, b: number) => Math.abs(a - b) < cellDegrees / 4;
  return (
    cells.find(({ lat, lng }) => near(lat, center.lat) && near(lng, center.lng)) ?? {
      ...center,
      drivers: 0,
      free: 0,
      waiting: 0,
      surgeBasisPoints: NO_SURGE_BASIS_POINTS,
      surgeEndsAt: null,
    }
  );
}

/** The cells by their balance, the ones with a surge framed, the chosen one marked. */
export function demandDrawing(
  read: () => { demand: DemandMap | undefined; chosen: DemandCell | undefined },
): Drawing {
  return ({ context, project, color, width, height }) => {
    const { demand, chosen } = read();
    if (!demand) return;
    const half = demand.cellDegrees / 2;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.lineJoin = 'round';
    const boxOf = ({ lat, lng }: DemandCell): [number, number, number, number] => {
      const [left, top] = project(lng - half, lat + half);
      const [right, bottom] = project(lng + half, lat - half);
      return [left, top, right - left, bottom - top];
    };
    for (const cell of demand.cells) {
      const [x, y, w, h] = boxOf(cell);
      if (x > width || y > height || x + w < 0 || y + h < 0) continue;
      const balance = balanceOf(cell);
      if (balance) {
        context.globalAlpha = strengthOf(cell);
        context.fillStyle = color(`--heat-${balance}`);
        context.fillRect(x + 0.5, y + 0.5, w - 1, h - 1);
        context.globalAlpha = 1;
      }
      if (hasSurge(cell)) {
        context.lineWidth = 2;
        context.strokeStyle = color('--surge');
        context.strokeRect(x + 2, y + 2, w - 4, h - 4);
      }
      const write = (text: string, dy: number, font: string, ink: string): void => {
        context.font = `${font} "Noto Sans", sans-serif`;
        context.lineWidth = 3;
        context.strokeStyle = color('--surface');
        context.strokeText(text, x + w / 2, y + h / 2 + dy);
        context.fillStyle = color(ink);
        context.fillText(text, x + w / 2, y + h / 2 + dy);
      };
      const showsCounts = w >= SMALLEST_WITH_COUNTS && balance !== undefined;
      if (hasSurge(cell) && w >= SMALLEST_WITH_WORDS)
        write(factorText(cell.surgeBasisPoints), showsCounts ? -9 : 0, '600 14px', '--surge');
      if (showsCounts)
        write(`${cell.waiting} / ${cell.free}`, hasSurge(cell) ? 9 : 0, '600 12px', '--text');
    }
    if (!chosen) return;
    context.lineWidth = 3;
    context.strokeStyle = color('--accent');
    context.setLineDash([7, 5]);
    context.strokeRect(...boxOf(chosen));
  };
}

/** Ten more on one side are seen, a hundred more not much better. */
function strengthOf({ free, waiting }: DemandCell): number {
  const excess = Math.abs(free - waiting);
  return Math.min(0.55, 0.18 + 0.16 * Math.log10(1 + excess));
}
