import * as maplibregl from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import 'maplibre-gl/dist/maplibre-gl.css';
import { useEffect, useRef, useState } from 'react';
import { type CityPoint } from '#libs/city/browser';
import { mapSettings, mapStyle } from '../map/map-style.js';
import { onColors } from '../shell/theme.js';
import { useWords } from '../words/words.js';
import './places.css';

maplibregl.setWorkerUrl(workerUrl);

/** A place that is marked; `kind` decides how it looks. */
export interface Pin extends CityPoint {
  kind: 'pickup' | 'stop' | 'dropoff' | 'driver';
  label: string;
  /** Of a stop, where there are several. */
  number?: number;
}

interface PlaceMapProps {
  /** What the map shows, for those who cannot see it. */
  label: string;
  pins?: readonly Pin[];
  /** What was driven. */
  line?: readonly CityPoint[];
  /** What is to be driven; dashed where it is as the crow flies. */
  plan?: { points: readonly CityPoint[]; isAlongStreets: boolean };
  /** The corners of an area. */
  area?: readonly CityPoint[];
  /** What is to be seen, beside pins and line: the map moves there when it changes. */
  frame?: readonly CityPoint[];
  onPoint?: (point: CityPoint) => void;
}

const NOTHING: readonly never[] = [];
const NO_PLAN = { points: NOTHING, isAlongStreets: false };
const DASHES: [number, number] = [2, 1.6];
const PADDING_PIXELS = 50;
const CLOSEST_ZOOM = 16;

/** A map of some places: where a trip goes, or where somebody points. */
export function PlaceMap({
  label,
  pins = NOTHING,
  line = NOTHING,
  plan = NO_PLAN,
  area = NOTHING,
  frame = NOTHING,
  onPoint,
}: PlaceMapProps) {
  const { map: words } = useWords();
  const container = useRef<HTMLDivElement>(null);
  const shown = useRef<ShownPlaces>(undefined);
  const [isForeign, setForeign] = useState(false);
  const listener = useRef(onPoint);
  listener.current = onPoint;

  useEffect(() => {
    const opened = new ShownPlaces(
      container.current!,
      (point) => listener.current?.(point),
      setForeign,
    );
    shown.current = opened;
    return () => opened.close();
  }, []);
  useEffect(
    () => shown.current?.show({ pins, line, plan, area, frame }),
    [pins, line, plan, area, frame],
  );

  return (
    <div
      className="place-map"
      role="group"
      aria-label={label}
      data-clickable={onPoint !== undefined}
    >
      <div ref={container} className="place-map-base" />
      {!isForeign && <p className="map-attribution">{words.attribution}</p>}
    </div>
  );
}

interface Shown {
  pins: readonly Pin[];
  line: readonly CityPoint[];
  plan: NonNullable<PlaceMapProps['plan']>;
  area: readonly CityPoint[];
  frame: readonly CityPoint[];
}

class ShownPlaces {
  private readonly map: maplibregl.Map;
  private readonly endColors: () => void;
  private markers: maplibregl.Marker[] = [];
  private shown: Shown = { pins: [], line: [], plan: NO_PLAN, area: [], frame: [] };
  private fitted = '';
  private isStyled = false;
  private isClosed = false;
  private attribution: maplibregl.AttributionControl | undefined;

  constructor(
    container: HTMLElement,
    onPoint: (point: CityPoint) => void,
    /** Told whether the style says itself whose map it is. */
    private readonly onStyle: (isForeign: boolean) => void,
  ) {
    this.map = new maplibregl.Map({
      container,
      maxZoom: 18,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      attributionControl: false,
      fadeDuration: 0,
      style: { version: 8, sources: {}, layers: [] },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibregl.NavigationControl({ showCompass: false }), 'top-right');
    this.map.on('click', ({ lngLat }) => onPoint({ lat: lngLat.lat, lng: lngLat.lng }));
    this.map.on('style.load', () => {
      this.isStyled = true;
      this.draw();
    });
    this.endColors = onColors(() => this.color());
    this.color();
    void this.goHome();
  }

  show(shown: Shown): void {
    this.shown = shown;
    this.draw();
    for (const marker of this.markers) marker.remove();
    this.markers = shown.pins.map(({ lat, lng, kind, label, number }) => {
      const element = document.createElement('span');
      element.className = `pin pin-${kind}`;
      element.title = label;
      element.textContent = number === undefined ? '' : String(number);
      return new maplibregl.Marker({ element }).setLngLat([lng, lat]).addTo(this.map);
    });
    this.fit();
  }

  close(): void {
    this.isClosed = true;
    this.endColors();
    this.map.remove();
  }

  private color(): void {
    mapStyle().then(
      ({ style, isForeign }) => {
        if (this.isClosed) return;
        this.isStyled = false;
        this.onStyle(isForeign);
        if (isForeign && !this.attribution)
          this.map.addControl((this.attribution = new maplibregl.AttributionControl({})));
        this.map.setStyle(style, { diff: false });
        // Until its land is there all of it would be sea.
        void this.map.once('idle', () => (this.map.getCanvas().dataset['drawn'] = 'true'));
      },
      // Without the basemap the places are shown all the same.
      () => undefined,
    );
  }

  /** Where the operator's map begins, as long as there is nothing to look at. */
  private async goHome(): Promise<void> {
    const { view } = await mapSettings().catch(() => ({ view: undefined }));
    if (!view || this.isClosed || this.fitted !== '') return;
    this.map.jumpTo({ center: [view.lng, view.lat], zoom: view.zoom });
  }

  private draw(): void {
    const { line, plan, area } = this.shown;
    const planned = plan.points.map(({ lng, lat }) => [lng, lat]);
    this.put('place-plan', planned.length > 1 && plan.isAlongStreets && lineOf(planned));
    this.put('place-crow', planned.length > 1 && !plan.isAlongStreets && lineOf(planned));
    const corners = area.map(({ lng, lat }) => [lng, lat]);
    this.put('place-line', line.length > 1 && lineOf(line.map(({ lng, lat }) => [lng, lat])));
    this.put('place-area', corners.length > 2 && polygonOf([...corners, corners[0]!]));
    this.put('place-corners', corners.length > 0 && lineOf([...corners, corners[0]!]));
  }

  private put(id: string, geometry: GeoJSON.Geometry | false): void {
    if (!this.isStyled) return;
    const data: GeoJSON.FeatureCollection = {
      type: 'FeatureCollection',
      features: geometry ? [{ type: 'Feature', properties: {}, geometry }] : [],
    };
    const known = this.map.getSource<maplibregl.GeoJSONSource>(id);
    if (known) return void known.setData(data);
    const accent = getComputedStyle(document.documentElement).getPropertyValue('--accent').trim();
    this.map.addSource(id, { type: 'geojson', data });
    if (id === 'place-area')
      this.map.addLayer({
        id,
        type: 'fill',
        source: id,
        paint: { 'fill-color': accent, 'fill-opacity': 0.2 },
      });
    else
      this.map.addLayer({
        id,
        type: 'line',
        source: id,
        layout: { 'line-cap': 'round', 'line-join': 'round' },
        paint: {
          'line-color': accent,
          'line-width': 4,
          'line-opacity': id === 'place-plan' ? 0.45 : 0.8,
          ...(id === 'place-crow' ? { 'line-dasharray': DASHES } : {}),
        },
      });
  }

  /** Shows all places when they are others than before; a corner that is drawn moves nothing. */
  private fit(): void {
    const { pins, line, plan, frame } = this.shown;
    const places = [...pins, ...line, ...plan.points, ...frame];
    const name = JSON.stringify(places.map(({ lat, lng }) => [lat, lng]));
    if (places.length === 0 || name === this.fitted) return;
    this.fitted = name;
    const bounds = new maplibregl.LngLatBounds();
    for (const { lat, lng } of places) bounds.extend([lng, lat]);
    this.map.fitBounds(bounds, {
      padding: PADDING_PIXELS,
      maxZoom: CLOSEST_ZOOM,
      animate: false,
    });
  }
}

function lineOf(coordinates: number[][]): GeoJSON.LineString {
  return { type: 'LineString', coordinates };
}

function polygonOf(corners: number[][]): GeoJSON.Polygon {
  return { type: 'Polygon', coordinates: [corners] };
}
