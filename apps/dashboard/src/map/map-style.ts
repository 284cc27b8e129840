import { type StyleSpecification } from 'maplibre-gl';
import { basemapStyle } from './basemap-style.js';

export interface MapSettings {
  /** Null for the bundled map. */
  styleUrl: string | null;
  view: { lat: number; lng: number; zoom: number };
}

export interface MapStyle {
  style: StyleSpecification | string;
  /** Whether the style says itself whose map it is. */
  isForeign: boolean;
  /** The style that is wanted cannot be read: it is to be tried again. */
  isMakeshift: boolean;
}

let settings: Promise<MapSettings> | undefined;

/** As the operator has set it; read once. @throws RestFailure */
export function mapSettings(): Promise<MapSettings> {
  settings ??= readSettings();
  settings.catch(() => (settings = undefined));
  return settings;
}

/** The style of the operator, else the bundled map in the colours of the page. */
export async function mapStyle(): Promise<MapStyle> {
  const { styleUrl } = await mapSettings();
  if (styleUrl === null)
    return { style: await basemapStyle(), isForeign: false, isMakeshift: false };
  const theme = document.documentElement.dataset['theme'] ?? 'light';
  const url = styleUrl.replaceAll('{theme}', theme);
  const isThere = await fetch(url).then(
    (response) => response.ok,
    () => false,
  );
  if (isThere) return { style: url, isForeign: true, isMakeshift: false };
  return { style: await basemapStyle(), isForeign: false, isMakeshift: true };
}

/** The server says it in the page. A page that comes from elsewhere, as while one works on it, asks. */
async function readSettings(): Promise<MapSettings> {
  const said = document.querySelector<HTMLMetaElement>('meta[name="ridewire-map"]')?.content;
  if (said) return JSON.parse(said) as MapSettings;
  const { ask } = await import('../session/rest.js');
  return (await ask<MapSettings>('GET', 'admin/map')).data;
}
