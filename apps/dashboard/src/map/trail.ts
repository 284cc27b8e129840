import { type GeoJSONSource, type Map as Basemap } from 'maplibre-gl';

export interface TrailFix {
  lat: number;
  lng: number;
  timestamp: number;
}

const ID = 'trail';

/** Draws where a driver has been. @returns what takes it away */
export function showTrail(map: Basemap, fixes: readonly TrailFix[]): () => void {
  const data: GeoJSON.Feature = {
    type: 'Feature',
    properties: {},
    geometry: { type: 'LineString', coordinates: fixes.map(({ lng, lat }) => [lng, lat]) },
  };
  const draw = (): void => {
    const known = map.getSource<GeoJSONSource>(ID);
    if (known) {
      known.setData(data);
      return;
    }
    const accent = getComputedStyle(document.documentElement).getPropertyValue('--accent').trim();
    map.addSource(ID, { type: 'geojson', data });
    map.addLayer({
      id: ID,
      type: 'line',
      source: ID,
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': accent, 'line-width': 4, 'line-opacity': 0.7 },
    });
  };
  if (map.isStyleLoaded()) draw();
  else map.once('idle', draw);
  return () => {
    map.off('idle', draw);
    if (map.getLayer(ID)) map.removeLayer(ID);
    if (map.getSource(ID)) map.removeSource(ID);
  };
}
