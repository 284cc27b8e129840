import { type Map as Basemap } from 'maplibre-gl';
import { CarSprites } from './car-sprites.js';
import { CarLook, placeOf, type FleetInView } from './fleet-in-view.js';
import { projectionOf, type Project } from './projection.js';

/** Colours of the page that the cars are drawn with. */
const COLORS = ['--car-available', '--car-busy', '--car-on-trip', '--car-stale'];
/** More pixels than this cost more than the eye sees in a moving car. */
const MAX_SCALE = 2;

/**
 * Draws the cars above the map, on a canvas of their own: a change inside the map would draw all of
 * the map again. Pixels are written into one image, which is put on the canvas once a frame.
 */
export class CarCanvas {
  private readonly context: CanvasRenderingContext2D;
  private sprites!: CarSprites;
  private image: ImageData | undefined;
  private pixels = new Uint32Array(0);
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
    this.sprites = new CarSprites(colors, styles.getPropertyValue('--surface').trim(), this.scale);
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
    this.canvas.width = Math.max(1, Math.round(clientWidth * this.scale));
    this.canvas.height = Math.max(1, Math.round(clientHeight * this.scale));
    this.image = this.context.createImageData(this.canvas.width, this.canvas.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
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
    const { context, image, fleet } = this;
    if (!image) return;
    const project = projectionOf(this.map, this.canvas.width, this.canvas.height, this.scale);
    if (fleet.cars.size > 0 || this.hasDrawn) {
      this.pixels.fill(0);
      for (const car of fleet.cars.values()) {
        const place = placeOf(car, now);
        const [x, y] = project(place.lng, place.lat);
        const look = fleet.isOld ? CarLook.stale : car.look;
        this.copy(this.sprites.pictureOf(look, car.heading), Math.round(x), Math.round(y));
      }
      context.putImageData(image, 0, 0);
      this.hasDrawn = fleet.cars.size > 0;
    } else {
      context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    }
    this.drawClusters(project);
    this.drawSelection(project, now);
  }

  /** Opaque pixels only: cars that overlap hide each other, which costs no mixing. */
  private copy(picture: Uint32Array, middleX: number, middleY: number): void {
    const { size } = this.sprites;
    const { width, height } = this.canvas;
    const left = middleX - (size >> 1);
    const top = middleY - (size >> 1);
    if (left <= -size || top <= -size || left >= width || top >= height) return;
    for (let y = Math.max(0, -top); y < size && top + y < height; y += 1) {
      const row = (top + y) * width + left;
      for (let x = Math.max(0, -left); x < size && left + x < width; x += 1) {
        const pixel = picture[y * size + x]!;
        if (pixel >>> 24 > 127) this.pixels[row + x] = pixel;
      }
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
