import { type Map as Basemap } from 'maplibre-gl';
import { CarSprites, type CarPicture } from './car-sprites.js';
import { CarLook, placeOf, shareOf, type FleetInView } from './fleet-in-view.js';
import { type PanGlide } from './pan-glide.js';
import { projectionOf, screenOf, type Project } from './projection.js';

/** Colours of the page that the cars are drawn with. */
const COLORS = ['--car-available', '--car-busy', '--car-on-trip', '--car-stale'];
/** More pixels than this cost more than the eye sees in a moving car. */
const MAX_SCALE = 2;

/** More cars than this are drawn smaller. */
const MANY = 1_500;
const SMALL = 0.6;

/**
 * Draws the cars above the map, on a canvas of their own: a change inside the map would draw all of
 * the map again. Pixels are written into one image, which is put on the canvas once a frame.
 */
export class CarCanvas {
  private readonly context: CanvasRenderingContext2D;
  private large!: CarSprites;
  /** For a view in which large ones would hide each other. */
  private small!: CarSprites;
  private image: ImageData | undefined;
  private pixels = new Uint32Array(0);
  /** Of the canvas, in its own pixels. */
  private width = 1;
  private height = 1;
  private scale = 1;
  private frame = 0;
  private isOutdated = true;
  private hasDrawn = false;
  /** Frames that were drawn; a measure of smoothness. */
  frames = 0;
  selectedId: string | null = null;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly map: Basemap,
    private readonly fleet: FleetInView,
    private readonly glide: PanGlide,
  ) {
    this.context = canvas.getContext('2d')!;
    this.readColors();
    this.resize();
    map.on('move', this.outdate);
    map.on('resize', this.onResize);
    this.loop();
  }

  /** Something has changed that a frame is to show. */
  readonly outdate = (): void => {
    this.isOutdated = true;
  };

  /** The theme has changed. */
  readColors(): void {
    const styles = getComputedStyle(document.documentElement);
    this.scale = Math.min(MAX_SCALE, devicePixelRatio);
    const colors = COLORS.map((name) => styles.getPropertyValue(name).trim());
    const outline = styles.getPropertyValue('--surface').trim();
    this.large = new CarSprites(colors, outline, this.scale);
    this.small = new CarSprites(colors, outline, this.scale * SMALL);
    this.fitSprites();
    this.outdate();
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    this.map.off('move', this.outdate);
    this.map.off('resize', this.onResize);
  }

  private readonly onResize = (): void => {
    this.resize();
    this.outdate();
  };

  private resize(): void {
    const { clientWidth, clientHeight } = this.map.getContainer();
    this.width = Math.max(1, Math.round(clientWidth * this.scale));
    this.height = Math.max(1, Math.round(clientHeight * this.scale));
    this.canvas.width = this.width;
    this.canvas.height = this.height;
    this.fitSprites();
    this.image = this.context.createImageData(this.width, this.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  private fitSprites(): void {
    this.large.fit(this.width);
    this.small.fit(this.width);
  }

  private loop(): void {
    this.frame = requestAnimationFrame(() => this.loop());
    const now = performance.now();
    if (!this.isOutdated && !this.fleet.isMoving(now)) return;
    this.isOutdated = false;
    this.draw(now);
    this.frames += 1;
  }

  private draw(now: number): void {
    const { context, image, fleet, width, height, scale } = this;
    if (!image) return;
    const project = projectionOf(this.map, width, height, scale, this.glide);
    if (fleet.cars.size > 0 || this.hasDrawn) {
      this.pixels.fill(0);
      const sprites = fleet.cars.size > MANY ? this.small : this.large;
      const { world, left, top } = screenOf(this.map, width, height, scale, this.glide);
      for (const car of fleet.cars.values()) {
        const share = shareOf(car, now);
        const x = (car.fromX + car.wayX * share) * world - left;
        const y = (car.fromY + car.wayY * share) * world - top;
        const look = fleet.isOld ? CarLook.stale : car.look;
        const picture = sprites.pictureOf(look, car.heading);
        this.copy(picture, sprites.size, Math.round(x), Math.round(y));
      }
      context.putImageData(image, 0, 0);
      this.hasDrawn = fleet.cars.size > 0;
    } else {
      context.clearRect(0, 0, width, height);
    }
    this.drawClusters(project);
    this.drawSelection(project, now);
  }

  /** Opaque pixels only: cars that overlap hide each other, which costs no mixing. */
  private copy(picture: CarPicture, size: number, middleX: number, middleY: number): void {
    const { width, height, pixels } = this;
    const left = middleX - (size >> 1);
    const top = middleY - (size >> 1);
    if (left <= -size || top <= -size || left >= width || top >= height) return;
    const { columns, rows, offsets, colors } = picture;
    const corner = top * width + left;
    const isInside = left >= 0 && top >= 0 && left + size <= width && top + size <= height;
    if (isInside) {
      for (let i = 0; i < colors.length; i += 1) pixels[corner + offsets[i]!] = colors[i]!;
      return;
    }
    for (let i = 0; i < colors.length; i += 1) {
      const [x, y] = [left + columns[i]!, top + rows[i]!];
      const isVisible = x >= 0 && y >= 0 && x < width && y < height;
      if (isVisible) pixels[y * width + x] = colors[i]!;
    }
  }

  private drawClusters(project: Project): void {
    const { context, fleet, scale } = this;
    if (fleet.clusters.length === 0) return;
    const styles = getComputedStyle(document.documentElement);
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.font = `600 ${12 * scale}px "Noto Sans", sans-serif`;
    for (const { lat, lng, count } of fleet.clusters) {
      const [x, y] = project(lng, lat);
      const radius = (10 + 4 * Math.log10(count + 1)) * scale;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fillStyle = styles.getPropertyValue('--accent');
      context.fill();
      context.lineWidth = 2 * scale;
      context.strokeStyle = styles.getPropertyValue('--surface');
      context.stroke();
      context.fillStyle = styles.getPropertyValue('--on-accent');
      context.fillText(String(count), x, y);
    }
  }

  private drawSelection(project: Project, now: number): void {
    const car = this.selectedId ? this.fleet.cars.get(this.selectedId) : undefined;
    if (!car) return;
    const place = placeOf(car, now);
    const [x, y] = project(place.lng, place.lat);
    const { context, scale } = this;
    context.beginPath();
    context.arc(x, y, 15 * scale, 0, 2 * Math.PI);
    context.lineWidth = 3 * scale;
    context.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue('--accent');
    context.stroke();
  }
}
