import * as maplibregl from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { mapSettings, mapStyle } from '../map/map-style.js';
import { onColors } from '../shell/theme.js';
import { MovingMarker, type MarkerLook } from './moving-marker.js';

maplibregl.setWorkerUrl(workerUrl);

export interface Point {
  lat: number;
  lng: number;
}

/** Something on the map; one with the same id as before moves to its new place. */
export interface MapMark extends Point {
  id: string;
  look: MarkerLook;
  /** Degrees clockwise from north. */
  heading?: number | undefined;
  isStale?: boolean;
}

/** All that a map shows. */
export interface MapPicture {
  marks: readonly MapMark[];
  /** The way ahead. */
  line?: readonly Point[];
  /**
   * What is to be in sight. The map moves when `viewKey` changes, and when one of them comes to the edge
   * while nobody looks around.
   */
  view: readonly Point[];
  viewKey: string;
}

const MONTEVIDEO: [number, number] = [-56.17, -34.9];
const MONTEVIDEO_ZOOM = 13;
const WIDEST_ZOOM = 16;
const RETRY_MS = 3_000;
/** Between what is in sight and the edge of the map. */
const PADDING_PIXELS = 56;
/** Half of a mark. */
const EDGE_PIXELS = 28;

/** A small map: streets, a few marks and a way. */
export class StreetMap {
  private readonly map: maplibregl.Map;
  private readonly marks = new Map<string, MovingMarker>();
  private line: readonly Point[] = [];
  private viewKey = '';
  /** Somebody has moved the map away from what it showed. */
  private isHeld = false;
  private recoloring = 0;
  private isClosed = false;
  private styleTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly stopListening: () => void;

  /** Of a style that is not the bundled one. */
  private readonly attribution = new maplibregl.AttributionControl({ compact: false });

  /**
   * @param label what the map is called for those who do not see it
   * @param onStyle told whether the style says itself whose map it is
   */
  constructor(
    container: HTMLElement,
    label: string,
    onTap: (point: Point) => void,
    private readonly onStyle: (isForeign: boolean) => void,
  ) {
    this.map = new maplibregl.Map({
      container,
      center: MONTEVIDEO,
      zoom: MONTEVIDEO_ZOOM,
      minZoom: 3,
      maxZoom: 18,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      attributionControl: false,
      fadeDuration: 0,
      style: { version: 8, sources: {}, layers: [] },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.getCanvas().setAttribute('aria-label', label);
    this.map.on('click', ({ lngLat: { lat, lng } }) => onTap({ lat, lng }));
    // Whoever moves the map looks at something else; it stays there until there is something new.
    this.map.on('movestart', ({ originalEvent }) => {
      if (originalEvent) this.isHeld = true;
    });
    this.map.on('style.load', () => this.drawWay());
    this.stopListening = onColors(() => this.recolor());
    this.recolor();
    void this.goHome();
  }

  show({ marks, line = [], view, viewKey }: MapPicture): void {
    const gone = new Set(this.marks.keys());
    for (const mark of marks) {
      gone.delete(mark.id);
      let marker = this.marks.get(mark.id);
      if (!marker) this.marks.set(mark.id, (marker = new MovingMarker(this.map, mark.look)));
      marker.show(mark, mark.heading, mark.isStale ?? false);
    }
    for (const id of gone) {
      this.marks.get(id)!.remove();
      this.marks.delete(id);
    }
    this.line = line;
    this.map.getSource<maplibregl.GeoJSONSource>('way')?.setData(this.lineData());
    if (view.length === 0) return;
    const isSame = viewKey === this.viewKey;
    if (isSame && (this.isHeld || this.map.isMoving() || this.areInSight(view))) return;
    const isFirst = this.viewKey === '';
    this.viewKey = viewKey;
    this.isHeld = false;
    const bounds = new maplibregl.LngLatBounds();
    for (const point of view) bounds.extend(point);
    this.map.fitBounds(bounds, {
      padding: PADDING_PIXELS,
      maxZoom: WIDEST_ZOOM,
      animate: !isFirst,
    });
  }

  /** Whether none of them has come to the edge, e.g. as the car drove on or the panel grew. */
  private areInSight(points: readonly Point[]): boolean {
    const { clientWidth, clientHeight } = this.map.getContainer();
    // Nothing can be shown there.
    if (Math.min(clientWidth, clientHeight) < 3 * PADDING_PIXELS) return true;
    return points.every((point) => {
      const { x, y } = this.map.project(point);
      return (
        Math.min(x, clientWidth - x) >= EDGE_PIXELS && Math.min(y, clientHeight - y) >= EDGE_PIXELS
      );
    });
  }

  close(): void {
    this.isClosed = true;
    this.recoloring += 1;
    clearTimeout(this.styleTimer);
    this.stopListening();
    for (const marker of this.marks.values()) marker.remove();
    this.map.remove();
  }

  private recolor(): void {
    const recoloring = (this.recoloring += 1);
    mapStyle().then(
      ({ style, isForeign }) => {
        if (recoloring !== this.recoloring) return;
        this.onStyle(isForeign);
        if (isForeign !== this.map.hasControl(this.attribution)) {
          if (isForeign) this.map.addControl(this.attribution, 'bottom-left');
          else this.map.removeControl(this.attribution);
        }
        this.map.setStyle(style, { diff: false });
      },
      () => {
        // The marks are shown without it; the files are asked for again.
        if (recoloring === this.recoloring)
          this.styleTimer = setTimeout(() => this.recolor(), RETRY_MS);
      },
    );
  }

  /** Where the operator's map begins, as long as there is nothing to look at. */
  private async goHome(): Promise<void> {
    const { view } = await mapSettings().catch(() => ({ view: undefined }));
    if (view && !this.isClosed && this.viewKey === '')
      this.map.jumpTo({ center: [view.lng, view.lat], zoom: view.zoom });
  }

  /** A new style has nothing of the old one. */
  private drawWay(): void {
    const color = getComputedStyle(document.documentElement).getPropertyValue('--accent').trim();
    this.map.addSource('way', { type: 'geojson', data: this.lineData() });
    this.map.addLayer({
      id: 'way',
      type: 'line',
      source: 'way',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': color, 'line-width': 5, 'line-opacity': 0.75 },
    });
  }

  private lineData(): GeoJSON.Feature {
    return {
      type: 'Feature',
      properties: {},
      geometry: { type: 'LineString', coordinates: this.line.map(({ lat, lng }) => [lng, lat]) },
    };
  }
}
