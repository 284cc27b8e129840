import { useEffect, useRef, useState } from 'react';
import { type Dispatch } from '../shell/dispatch.js';
import { useWords } from '../words/words.js';
import { DriverPanel } from './driver-panel.js';
import { MapDesk } from './map-desk.js';
import { MapSearch } from './map-search.js';

const COUNT_INTERVAL_MS = 500;

interface LiveMapProps {
  dispatch: Dispatch;
  selectedId: string | null;
}

/** The map, the cars above it, and what there is to say of the one that is selected. */
export function LiveMap({ dispatch, selectedId }: LiveMapProps) {
  const words = useWords();
  const container = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [desk, setDesk] = useState<MapDesk>();
  const [counts, setCounts] = useState({ total: 0, isClustered: false });

  useEffect(() => {
    const opened = new MapDesk(container.current!, canvas.current!, dispatch);
    setDesk(opened);
    const timer = setInterval(() => {
      const { total, clusters } = opened.fleet;
      setCounts({ total, isClustered: clusters.length > 0 });
    }, COUNT_INTERVAL_MS);
    return () => {
      clearInterval(timer);
      opened.close();
    };
  }, [dispatch]);

  useEffect(() => {
    if (desk) desk.select(selectedId);
  }, [desk, selectedId]);

  return (
    <div className="live-map">
      <h1 className="visually-hidden">{words.map.title}</h1>
      <div ref={container} className="live-map-base" />
      <canvas ref={canvas} className="live-map-cars" aria-hidden="true" />
      {desk && <MapSearch desk={desk} />}
      <div className="map-status" role="status">
        <strong>{counts.total}</strong> {words.map.inView}
        {counts.isClustered && <span className="muted"> · {words.map.clusters}</span>}
      </div>
      <ul className="map-legend" aria-label={words.map.legend}>
        <li className="car-available">{words.map.available}</li>
        <li className="car-on-trip">{words.map.onTrip}</li>
        <li className="car-busy">{words.map.busy}</li>
        <li className="car-stale">{words.map.stale}</li>
      </ul>
      <p className="map-attribution">{words.map.attribution}</p>
      {desk && selectedId && (
        <DriverPanel key={selectedId} driverId={selectedId} desk={desk} dispatch={dispatch} />
      )}
    </div>
  );
}
