import { Marker, type Map as Basemap } from 'maplibre-gl';
import { isStill } from '../shell/motion.js';

/** What a mark looks like. */
export type MarkerLook = 'car' | 'own-car' | 'pickup' | 'stop' | 'dropoff';

/** Positions come about so often: a car takes this long from one to the next. */
const GLIDE_MS = 1_000;
/** Farther than a car drives meanwhile: it is put there at once. */
const JUMP_DEGREES = 0.003;

const CAR = 'M12 2 L19 21 L12 17 L5 21 Z';
const PIN = 'M12 23 C12 23 20 14.5 20 9 A8 8 0 0 0 4 9 C4 14.5 12 23 12 23 Z';

/** A mark that glides to its newest place and never beyond it. */
export class MovingMarker {
  private readonly marker: Marker;
  private readonly element: HTMLElement;
  private from: [number, number] | undefined;
  private to: [number, number] = [0, 0];
  private startedAt = 0;
  private frame = 0;

  constructor(
    private readonly map: Basemap,
    look: MarkerLook,
  ) {
    const isCar = look === 'car' || look === 'own-car';
    this.element = drawn(look, isCar ? CAR : PIN);
    this.marker = new Marker({ element: this.element, anchor: isCar ? 'center' : 'bottom' });
  }

  show({ lat, lng }: { lat: number; lng: number }, heading?: number, isStale = false): void {
    const isNew = this.from === undefined;
    this.element.classList.toggle('is-stale', isStale);
    if (heading !== undefined) this.marker.setRotation(heading);
    if (!isNew && this.to[0] === lng && this.to[1] === lat) return;
    this.from = isNew ? [lng, lat] : this.at(performance.now());
    this.to = [lng, lat];
    this.startedAt = performance.now();
    if (isNew) this.marker.setLngLat(this.to).addTo(this.map);
    cancelAnimationFrame(this.frame);
    this.glide();
  }

  remove(): void {
    cancelAnimationFrame(this.frame);
    this.marker.remove();
  }

  private glide(): void {
    const now = performance.now();
    this.marker.setLngLat(this.at(now));
    if (now < this.startedAt + GLIDE_MS) this.frame = requestAnimationFrame(() => this.glide());
  }

  private at(now: number): [number, number] {
    const [fromLng, fromLat] = this.from ?? this.to;
    const [toLng, toLat] = this.to;
    const isJump = Math.hypot(toLng - fromLng, toLat - fromLat) > JUMP_DEGREES;
    const share = isJump || isStill() ? 1 : Math.min(1, (now - this.startedAt) / GLIDE_MS);
    return [fromLng + (toLng - fromLng) * share, fromLat + (toLat - fromLat) * share];
  }
}

const SVG = 'http://www.w3.org/2000/svg';

function drawn(look: MarkerLook, shape: string): HTMLElement {
  const element = document.createElement('div');
  element.className = `mark mark-${look}`;
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', shape);
  svg.append(path);
  element.append(svg);
  return element;
}
