import * as maplibregl from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { type RequestPayload, type StandingRequest } from '#libs/client';
import { type TripView } from '#libs/contracts/browser';
import { type Dispatch } from '../shell/dispatch.js';
import { isStill } from '../shell/motion.js';
import { navigate } from '../shell/router.js';
import { onColors } from '../shell/theme.js';
import { CameraMemory, type Camera } from './camera-memory.js';
import { CarCanvas } from './car-canvas.js';
import { FleetInView } from './fleet-in-view.js';
import { MapOverlay } from './map-overlay.js';
import { mapSettings, mapStyle, type MapStyle } from './map-style.js';
import { PanGlide } from './pan-glide.js';
import { projectionOf, type Project } from './projection.js';
import { tripAt } from './trips-drawing.js';

maplibregl.setWorkerUrl(workerUrl);

/** While the map is moved the server is asked for another part of it at most so often. */
const VIEWPORT_INTERVAL_MS = 250;
const PICK_PIXELS = 14;
const RETRY_MS = 3_000;
const STYLE_RETRY_MS = 30_000;
/** Without news for so long every car looks stale. */
const OLD_MS = 15_000;
const NARROW_PIXELS = 640;
/** Cars that are drawn singly; on a phone they would hide the map, and cost its battery. */
const MOST_SINGLES = 10_000;
const FEW_SINGLES = 500;

const MONTEVIDEO: Camera = { center: [-56.17, -34.885], zoom: 12 };

type ViewportBox = RequestPayload<'/admin', 'admin:viewport:set'>['bbox'];

export interface Place {
  lat: number;
  lng: number;
}

/** What the page draws on: the map is below, the overlay above it, the cars on top. */
export interface MapSurfaces {
  base: HTMLElement;
  overlay: HTMLCanvasElement;
  cars: HTMLCanvasElement;
}

/** The map of a page that shows it, and its part of the fleet. */
export class MapDesk {
  readonly fleet = new FleetInView(isStill);
  readonly map: maplibregl.Map;
  /** Lines, cells and marks between the map and the cars. */
  readonly overlay: MapOverlay;
  private readonly glide: PanGlide;
  private readonly cars: CarCanvas;
  private readonly viewport: StandingRequest<unknown, unknown>;
  private readonly ends: (() => void)[] = [];
  private viewportTimer: ReturnType<typeof setTimeout> | undefined;
  private followedId: string | null = null;
  private recoloring = 0;
  private isClosed = false;
  private styleTimer: ReturnType<typeof setTimeout> | undefined;
  /** Of a style that is not the bundled one. */
  private readonly attribution = new maplibregl.AttributionControl({ compact: false });
  /** Whoever uses the next clicks instead of the selection, the last one first. */
  private clickTakers: ((place: Place) => void)[] = [];
  private readonly groundListeners = new Set<(place: Place) => void>();
  private readonly tripSources = new Set<() => Iterable<TripView>>();
  private readonly frameListeners = new Set<() => void>();
  private readonly glideListeners = new Set<() => void>();

  constructor({ base, overlay, cars }: MapSurfaces, { admin, freshness }: Dispatch) {
    const camera = new CameraMemory();
    this.map = new maplibregl.Map({
      container: base,
      ...(camera.known ?? MONTEVIDEO),
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
    this.glide = new PanGlide(
      this.map,
      () => this.follow(null),
      () => {
        this.cars.outdate();
        this.overlay.outdate();
        for (const listener of this.glideListeners) listener();
      },
    );
    this.overlay = new MapOverlay(overlay, this.map, this.glide);
    this.cars = new CarCanvas(cars, this.map, this.fleet, this.glide);
    this.viewport = admin.keep('admin:viewport:set', this.partInView());
    this.ends.push(
      admin.on('driver:viewport:frame', (frame) => {
        this.fleet.apply(frame, performance.now());
        this.keepFollowed();
        this.cars.outdate();
        for (const listener of this.frameListeners) listener();
      }),
      onColors(() => this.recolor()),
      camera.follow(this.map),
      freshness.subscribe(() => {
        const { goodAt } = freshness.get();
        const isOld = goodAt !== null && Date.now() - goodAt > OLD_MS;
        if (isOld !== this.fleet.isOld) this.cars.outdate();
        this.fleet.isOld = isOld;
      }),
    );
    this.map.on('move', () => this.askSoon());
    this.map.on('click', (event) => this.pick(event.lngLat, event.point));
    this.recolor();
    if (!camera.known) void this.goToFirstView();
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

  get center(): Place {
    const { lat, lng } = this.map.getCenter();
    return { lat, lng };
  }

  /** What is in view, degrees. */
  get box(): ViewportBox {
    const bounds = this.map.getBounds();
    return {
      west: wrapped(bounds.getWest()),
      south: Math.max(-90, bounds.getSouth()),
      east: wrapped(bounds.getEast()),
      north: Math.min(90, bounds.getNorth()),
    };
  }

  /** Where places are on the map now, pixels of CSS. */
  projection(): Project {
    const { clientWidth, clientHeight } = this.map.getContainer();
    return projectionOf(this.map, clientWidth, clientHeight, 1, this.glide);
  }

  /** Told whenever places come to lie elsewhere. @returns what ends it */
  onMoved(listener: () => void): () => void {
    this.glideListeners.add(listener);
    this.map.on('move', listener);
    this.map.on('resize', listener);
    return () => {
      this.glideListeners.delete(listener);
      this.map.off('move', listener);
      this.map.off('resize', listener);
    };
  }

  /** Told after each frame of the fleet. @returns what ends it */
  onFrame(listener: () => void): () => void {
    this.frameListeners.add(listener);
    return () => void this.frameListeners.delete(listener);
  }

  /** The next clicks choose places for the listener, and select nothing. @returns what ends it */
  takeClicks(listener: (place: Place) => void): () => void {
    this.clickTakers = [listener, ...this.clickTakers];
    return () => (this.clickTakers = this.clickTakers.filter((each) => each !== listener));
  }

  /** Clicks that hit neither a car nor a trip choose places. @returns what ends it */
  takeGroundClicks(listener: (place: Place) => void): () => void {
    this.groundListeners.add(listener);
    return () => void this.groundListeners.delete(listener);
  }

  /** Clicks on their pickups and dropoffs select these trips. @returns what ends it */
  pickTripsFrom(trips: () => Iterable<TripView>): () => void {
    this.tripSources.add(trips);
    return () => void this.tripSources.delete(trips);
  }

  /** Moves the map so that all of these are in view. */
  show(places: readonly Place[]): void {
    const bounds = new maplibregl.LngLatBounds();
    for (const { lng, lat } of places) bounds.extend([lng, lat]);
    if (bounds.isEmpty()) return;
    const { clientWidth, clientHeight } = this.map.getContainer();
    const isNarrow = clientWidth <= NARROW_PIXELS;
    this.map.fitBounds(bounds, {
      animate: false,
      maxZoom: 16,
      padding: isNarrow
        ? { top: 120, right: 30, bottom: clientHeight * 0.55, left: 30 }
        : { top: 90, right: 390, bottom: 90, left: 390 },
    });
  }

  close(): void {
    clearTimeout(this.viewportTimer);
    clearTimeout(this.styleTimer);
    this.isClosed = true;
    this.recoloring += 1;
    for (const end of this.ends) end();
    this.viewport.stop();
    this.glide.stop();
    this.cars.stop();
    this.overlay.stop();
    this.map.remove();
  }

  /** Nobody has been here before: the operator has said where to begin. */
  private async goToFirstView(): Promise<void> {
    const settings = await mapSettings().catch(() => undefined);
    if (!settings || this.isClosed) return;
    const { lat, lng, zoom } = settings.view;
    this.map.jumpTo({ center: [lng, lat], zoom });
  }

  private keepFollowed(): void {
    const car = this.followedId ? this.fleet.cars.get(this.followedId) : undefined;
    if (car) this.map.setCenter([car.driver.lng, car.driver.lat]);
  }

  private recolor(): void {
    this.cars.readColors();
    this.overlay.readColors();
    const recoloring = (this.recoloring += 1);
    mapStyle().then(
      (style) => {
        // Colours that were chosen meanwhile count.
        if (recoloring === this.recoloring) this.wear(style);
      },
      () => {
        // The cars are shown without it; it is asked for again.
        if (recoloring === this.recoloring) this.recolorIn(RETRY_MS);
      },
    );
  }

  private wear({ style, isForeign, isMakeshift }: MapStyle): void {
    this.map.setStyle(style, { diff: false });
    if (isForeign !== this.map.hasControl(this.attribution)) {
      if (isForeign) this.map.addControl(this.attribution, 'bottom-left');
      else this.map.removeControl(this.attribution);
    }
    if (isMakeshift) this.recolorIn(STYLE_RETRY_MS);
  }

  private recolorIn(delayMs: number): void {
    clearTimeout(this.styleTimer);
    this.styleTimer = setTimeout(() => this.recolor(), delayMs);
  }

  private askSoon(): void {
    this.viewportTimer ??= setTimeout(() => {
      this.viewportTimer = undefined;
      this.viewport.change(this.partInView());
    }, VIEWPORT_INTERVAL_MS);
  }

  private partInView() {
    const { clientWidth } = this.map.getContainer();
    const singles = clientWidth > NARROW_PIXELS ? MOST_SINGLES : FEW_SINGLES;
    return { bbox: this.box, zoom: Math.round(this.map.getZoom()), singles, keep: true };
  }

  private pick({ lng, lat }: maplibregl.LngLat, { x, y }: maplibregl.Point): void {
    const [taker] = this.clickTakers;
    const clicked = { lat, lng: wrapped(lng) };
    if (taker) return taker(clicked);
    const degreesPerPixel = 360 / (512 * 2 ** this.map.getZoom());
    const car = this.fleet.nearest(lat, lng, PICK_PIXELS * degreesPerPixel, performance.now());
    if (car) return navigate(`/drivers/${car.driverId}`);
    const trips = [...this.tripSources].flatMap((source) => [...source()]);
    const trip = tripAt(trips, x, y, this.projection());
    if (trip) return navigate(`/?trip=${trip.id}`);
    for (const listener of this.groundListeners) listener(clicked);
    if (this.groundListeners.size === 0) navigate('/');
  }
}

function wrapped(lng: number): number {
  return ((((lng + 180) % 360) + 360) % 360) - 180;
}
