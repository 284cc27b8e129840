import { type Map as Basemap } from 'maplibre-gl';
import { pathOf } from '../shell/address.js';
import { navigate } from '../shell/router.js';

export interface Camera {
  center: [lng: number, lat: number];
  zoom: number;
}

const KEY = 'ridewire:camera';
/** `at=-34.88500,-56.17000,12.00`: latitude, longitude, zoom. */
const FIELD = 'at';
/** Addresses under which the map is shown. */
const OWN_PATHS = /^\/(?:drivers\/.*)?$/;
/** Browsers refuse to change the address more often than some times a second. */
const WRITE_AFTER_MS = 600;

/** What part of the map is shown stands in the address, and is remembered for the next visit. */
export class CameraMemory {
  /** That of the address, else of the last visit; undefined for neither. */
  readonly known =
    read(new URL(location.href).searchParams.get(FIELD)) ?? read(localStorage.getItem(KEY));

  /** @returns what ends it */
  follow(map: Basemap): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const write = (): void => {
      timer = undefined;
      const { lng, lat } = map.getCenter();
      const text = `${lat.toFixed(5)},${lng.toFixed(5)},${map.getZoom().toFixed(2)}`;
      localStorage.setItem(KEY, text);
      const address = new URL(location.href);
      // The next view may be on its way while the map is still there.
      if (!OWN_PATHS.test(pathOf(address))) return;
      address.searchParams.set(FIELD, text);
      navigate(pathOf(address) + address.search.replaceAll('%2C', ','), true);
    };
    const writeSoon = (): void => void (timer ??= setTimeout(write, WRITE_AFTER_MS));
    map.on('moveend', writeSoon);
    return () => {
      clearTimeout(timer);
      map.off('moveend', writeSoon);
    };
  }
}

function read(text: string | null): Camera | undefined {
  const [lat, lng, zoom, ...more] = (text ?? '').split(',').map(Number);
  const isPlace = Math.abs(lat!) <= 85 && Math.abs(lng!) <= 180 && zoom! >= 0 && zoom! <= 24;
  return isPlace && more.length === 0 ? { center: [lng!, lat!], zoom: zoom! } : undefined;
}
