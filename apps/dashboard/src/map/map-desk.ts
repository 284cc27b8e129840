import * as maplibregl from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { type StandingRequest } from '#libs/client';
import { type Dispatch } from '../shell/dispatch.js';
import { navigate } from '../shell/router.js';
import { onColors } from '../shell/theme.js';
import { basemapStyle } from './basemap-style.js';
import { CarCanvas } from './car-canvas.js';
import { FleetInView } from './fleet-in-view.js';

maplibregl.setWorkerUrl(workerUrl);

const MONTEVIDEO: [number, number] = [-56.17, -34.885];
const FIRST_ZOOM = 12;
/** While the map is moved the server is asked for another part of it at most so often. */
const VIEWPORT_INTERVAL_MS = 250;
const PICK_PIXELS = 14;
const RETRY_MS = 3_000;
const NARROW_PIXELS = 640;

/** The map of a page that shows it, and its part of the fleet. */
export class MapDesk {
  readonly fleet = new FleetInView();
  readonly map: maplibregl.Map;
  private readonly cars: CarCanvas;
  private readonly viewport: StandingRequest<unknown, unknown>;
  private readonly ends: (() => void)[] = [];
  private viewportTimer: ReturnType<typeof setTimeout> | undefined;
  private followedId: string | null = null;
  private recoloring = 0;
  private styleTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(container: HTMLElement, canvas: HTMLCanvasElement, { admin }: Dispatch) {
    this.map = new maplibregl.Map({
      container,
      center: MONTEVIDEO,
      zoom: FIRST_ZOOM,
      minZoom: 2,
      maxZoom: 19,
      pitchWithRotate: false,
      dragRotate: false,
      touchPitch: false,
      attributionControl: false,
      fadeDuration: 0,
      style: { version: 8, sources: {}, layers: [] },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibregl.NavigationControl({ showCompass: false }), 'bottom-right');
    this.cars = new CarCanvas(canvas, this.map, this.fleet);
    this.viewport = admin.keep('admin:viewport:set', this.partInView());
    this.ends.push(
      admin.on('driver:viewport:frame', (frame) => {
        this.fleet.apply(frame, performance.now());
        this.keepFollowed();
        this.cars.outdate();
      }),
      onColors(() => this.recolor()),
    );
    this.map.on('move', () => this.askSoon());
    this.map.on('click', (event) => this.pick(event.lngLat));
    this.map.on('dragstart', () => this.follow(null));
    this.recolor();
    // Measured by tests in a browser.
    Object.assign(globalThis, { ridewireMap: this });
  }

  /** Frames that were drawn of the cars. */
  get frames(): number {
    return this.cars.frames;
  }

  select(driverId: string | null): void {
    this.cars.selectedId = driverId;
    if (this.followedId !== driverId) this.followedId = null;
    this.cars.outdate();
  }

  /** Keeps a driver in the middle until the map is dragged. */
  follow(driverId: string | null): void {
    this.followedId = driverId;
    this.keepFollowed();
  }

  get followed(): string | null {
    return this.followedId;
  }

  goTo(lat: number, lng: number, zoom = 16): void {
    this.map.jumpTo({ center: [lng, lat], zoom });
    // On a phone the panel covers the lower half.
    const { clientWidth, clientHeight } = this.map.getContainer();
    if (clientWidth <= NARROW_PIXELS) this.map.panBy([0, clientHeight / 4], { animate: false });
  }

  close(): void {
    clearTimeout(this.viewportTimer);
    clearTimeout(this.styleTimer);
    this.recoloring += 1;
    for (const end of this.ends) end();
    this.viewport.stop();
    this.cars.stop();
    this.map.remove();
  }

  private keepFollowed(): void {
    const car = this.followedId ? this.fleet.cars.get(this.followedId) : undefined;
    if (car) this.map.setCenter([car.driver.lng, car.driver.lat]);
  }

  private recolor(): void {
    this.cars.readColors();
    const recoloring = (this.recoloring += 1);
    basemapStyle().then(
      (style) => {
        // Colours that were chosen meanwhile count.
        if (recoloring === this.recoloring) this.map.setStyle(style, { diff: false });
      },
      () => {
        // The cars are shown without it; the files are asked for again.
        if (recoloring === this.recoloring)
          this.styleTimer = setTimeout(() => this.recolor(), RETRY_MS);
      },
    );
  }

  private askSoon(): void {
    this.viewportTimer ??= setTimeout(() => {
      this.viewportTimer = undefined;
      this.viewport.change(this.partInView());
    }, VIEWPORT_INTERVAL_MS);
  }

  private partInView() {
    const bounds = this.map.getBounds();
    return {
      bbox: {
        west: wrapped(bounds.getWest()),
        south: Math.max(-90, bounds.getSouth()),
        east: wrapped(bounds.getEast()),
        north: Math.min(90, bounds.getNorth()),
      },
      zoom: Math.round(this.map.getZoom()),
    };
  }

  private pick({ lng, lat }: maplibregl.LngLat): void {
    const degreesPerPixel = 360 / (512 * 2 ** this.map.getZoom());
    const car = this.fleet.nearest(lat, lng, PICK_PIXELS * degreesPerPixel, performance.now());
    navigate(car ? `/drivers/${car.driverId}` : '/');
  }
}

function wrapped(lng: number): number {
  return ((((lng + 180) % 360) + 360) % 360) - 180;
}
