import licenceUrl from 'city-files/LICENCE.txt?url';
import { useEffect, useRef, useState } from 'react';
import { type Dispatch } from '../shell/dispatch.js';
import { useAddress } from '../shell/router.js';
import { useWords } from '../words/words.js';
import { DemandPanel } from './demand-panel.js';
import { DriverPanel } from './driver-panel.js';
import { MapDesk } from './map-desk.js';
import { MapLayer, useMapLayer } from './map-layers.js';
import { MapSearch } from './map-search.js';
import { MapTools, ToolSwitch } from './map-tools.js';
import { Pointers } from './pointers.js';
import { Ruler } from './ruler.js';
import { TripCard } from './trip-card.js';
import { useTripsOnMap, useWatchedTrip } from './use-trips-on-map.js';

const COUNT_INTERVAL_MS = 500;

interface LiveMapProps {
  dispatch: Dispatch;
  selectedId: string | null;
}

/** The map, the cars above it, and what there is to say of the one that is selected. */
export function LiveMap({ dispatch, selectedId }: LiveMapProps) {
  const words = useWords();
  const base = useRef<HTMLDivElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const cars = useRef<HTMLCanvasElement>(null);
  const [desk, setDesk] = useState<MapDesk>();
  const [counts, setCounts] = useState({ total: 0, isClustered: false });

  useEffect(() => {
    const surfaces = { base: base.current!, overlay: overlay.current!, cars: cars.current! };
    const opened = new MapDesk(surfaces, dispatch);
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
      <div ref={base} className="live-map-base" />
      <canvas ref={overlay} className="live-map-cars live-map-overlay" aria-hidden="true" />
      <canvas ref={cars} className="live-map-cars" aria-hidden="true" />
      <div className="map-status" role="status">
        <strong>{counts.total}</strong>{' '}
        {counts.total === 1 ? words.map.oneInView : words.map.inView}
        {counts.isClustered && <span className="muted"> · {words.map.clusters}</span>}
      </div>
      {desk && <OnMap desk={desk} dispatch={dispatch} selectedId={selectedId} />}
      <ul className="map-legend" aria-label={words.map.legend}>
        <li className="car-available">{words.map.available}</li>
        <li className="car-on-trip">{words.map.onTrip}</li>
        <li className="car-busy">{words.map.busy}</li>
        <li className="car-stale">{words.map.stale}</li>
      </ul>
      <p className="map-attribution">
        <a href={licenceUrl}>{words.map.attribution}</a>
      </p>
    </div>
  );
}

interface OnMapProps extends LiveMapProps {
  desk: MapDesk;
}

/** The search, the layers and tools, and the panel of what is selected. */
function OnMap({ desk, dispatch, selectedId }: OnMapProps) {
  const words = useWords();
  const { searchParams } = useAddress();
  const selectedTripId = selectedId ? null : searchParams.get('trip');
  const [driversTripId, setDriversTripId] = useState<string | null>(null);
  const trip = useWatchedTrip(dispatch, selectedTripId ?? (selectedId ? driversTripId : null));
  const [showsTrips, turnTrips] = useMapLayer(MapLayer.trips);
  const [showsDemand, turnDemand] = useMapLayer(MapLayer.demand);
  const [showsPointers, turnPointers] = useMapLayer(MapLayer.pointers);
  const [isMeasuring, setMeasuring] = useState(false);
  const tripCount = useTripsOnMap(desk, dispatch, trip, showsTrips);
  const [pointerLayer, setPointerLayer] = useState<HTMLDivElement | null>(null);
  const names = usePointers(desk, dispatch, pointerLayer, showsPointers);

  return (
    <>
      <div ref={setPointerLayer} className="map-pointers" aria-hidden="true" />
      <div className="map-left">
        <MapSearch desk={desk} />
        <MapTools>
          <ToolSwitch label={words.mapTools.trips} isOn={showsTrips} turn={turnTrips} />
          <ToolSwitch label={words.mapTools.demand} isOn={showsDemand} turn={turnDemand} />
          <ToolSwitch label={words.mapTools.nearest} isOn={isMeasuring} turn={setMeasuring} />
          <ToolSwitch label={words.mapTools.pointers} isOn={showsPointers} turn={turnPointers} />
        </MapTools>
        {showsTrips && (
          <p className="map-panel map-note">
            <span>
              <strong>{tripCount}</strong> {words.mapTools.tripsShown}
            </span>
            <span className="mark-pickup">{words.mapTools.pickup}</span>
            <span className="mark-dropoff">{words.mapTools.dropoff}</span>
            <span className="mark-waiting">{words.mapTools.waitingTrip}</span>
            <span className="mark-crow">{words.mapTools.wayUnknown}</span>
          </p>
        )}
        {names.length > 0 && (
          <p className="map-panel map-note">
            <span>
              {words.mapTools.alsoHere}: {names.join(', ')}
            </span>
          </p>
        )}
        {isMeasuring && <Ruler desk={desk} close={() => setMeasuring(false)} />}
        {showsDemand && <DemandPanel desk={desk} dispatch={dispatch} />}
      </div>
      {selectedId && (
        <DriverPanel
          key={selectedId}
          driverId={selectedId}
          desk={desk}
          dispatch={dispatch}
          onTrip={setDriversTripId}
        />
      )}
      {selectedTripId && (
        <TripCard key={selectedTripId} tripId={selectedTripId} state={trip} desk={desk} />
      )}
    </>
  );
}

/** @returns the names of the other dispatchers whose pointers are shown */
function usePointers(
  desk: MapDesk,
  dispatch: Dispatch,
  layer: HTMLElement | null,
  isOn: boolean,
): readonly string[] {
  const [names, setNames] = useState<readonly string[]>([]);
  useEffect(() => {
    if (!isOn || !layer) return undefined;
    const pointers = new Pointers(layer, desk, dispatch.admin, setNames);
    return () => {
      pointers.stop();
      setNames([]);
    };
  }, [desk, dispatch, layer, isOn]);
  return names;
}
