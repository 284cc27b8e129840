import { type Map as Basemap } from 'maplibre-gl';
import { type PanGlide } from './pan-glide.js';
import { projectionOf, type Project } from './projection.js';

/** What a drawing draws with; all measures are pixels of CSS. */
export interface Pen {
  context: CanvasRenderingContext2D;
  project: Project;
  width: number;
  height: number;
  /** A colour of the page by its name, e.g. `--accent`. */
  color: (name: string) => string;
}

export type Drawing = (pen: Pen) => void;

/** From the ground up. */
export const Level = { heat: 0, trips: 1, trail: 2, ruler: 3 } as const;
export type Level = (typeof Level)[keyof typeof Level];

const MAX_SCALE = 2;

/**
 * What is drawn between the map and the cars: lines, cells, marks. It has a canvas of its own, since
 * a change inside the map would draw all of the map again, and it outlives a change of colours.
 */
export class MapOverlay {
  private readonly context: CanvasRenderingContext2D;
  private drawings: { level: Level; draw: Drawing }[] = [];
  private colors = new Map<string, string>();
  private scale = 1;
  private frame = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly map: Basemap,
    private readonly glide: PanGlide,
  ) {
    this.context = canvas.getContext('2d')!;
    map.on('move', this.outdate);
    map.on('resize', this.outdate);
  }

  /** @returns what takes it away */
  add(level: Level, draw: Drawing): () => void {
    const added = { level, draw };
    this.drawings = [...this.drawings, added].toSorted((a, b) => a.level - b.level);
    this.outdate();
    return () => {
      this.drawings = this.drawings.filter((each) => each !== added);
      this.outdate();
    };
  }

  /** Something has changed that is to be drawn. */
  readonly outdate = (): void => {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  };

  /** The theme has changed. */
  readColors(): void {
    this.colors.clear();
    this.outdate();
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    this.map.off('move', this.outdate);
    this.map.off('resize', this.outdate);
  }

  private draw(): void {
    const { context, canvas } = this;
    const { clientWidth, clientHeight } = this.map.getContainer();
    this.scale = Math.min(MAX_SCALE, devicePixelRatio);
    const [width, height] = [clientWidth * this.scale, clientHeight * this.scale].map(Math.round);
    // Setting a size empties the canvas as well.
    canvas.width = width!;
    canvas.height = height!;
    if (this.drawings.length === 0) return;
    context.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    const pen: Pen = {
      context,
      project: projectionOf(this.map, clientWidth, clientHeight, 1, this.glide),
      width: clientWidth,
      height: clientHeight,
      color: this.color,
    };
    for (const { draw } of this.drawings) {
      context.save();
      draw(pen);
      context.restore();
    }
  }

  private readonly color = (name: string): string => {
    let color = this.colors.get(name);
    if (color === undefined) {
      color = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
      this.colors.set(name, color);
    }
    return color;
  };
}
