import { useEffect, useState } from 'react';
import { type RideLink } from '#libs/client';
import { LocationReporter, type MeasuredFix } from '#libs/client/location';
import { type Point } from '../phone/street-map.js';
import { type StreetCar } from './street-car.js';

export const GpsSource = { simulated: 'simulated', device: 'device' } as const;
export type GpsSource = (typeof GpsSource)[keyof typeof GpsSource];

const MEASURE_INTERVAL_MS = 1_000;

export interface Gps {
  fix: MeasuredFix | undefined;
  /** The way that a simulated car still has to drive. */
  way: readonly Point[];
  hasFailed: boolean;
}

/**
 * Measures where the driver is and reports it to the server, as long as the driver is online.
 * @param target where a simulated car drives to; null lets it drive around
 */
export function useGps(
  drives: RideLink<'/drivers'>,
  isOn: boolean,
  source: GpsSource,
  target: Point | null,
): Gps {
  const [fix, setFix] = useState<MeasuredFix>();
  const [hasFailed, setFailed] = useState(false);
  const [car, setCar] = useState<StreetCar>();

  useEffect(() => {
    if (!isOn) return undefined;
    setFailed(false);
    // What is measured without a network is kept, and sent in order when there is one.
    const reporter = new LocationReporter(drives);
    const take = (measured: MeasuredFix): void => {
      reporter.report(measured);
      setFix(measured);
      setFailed(false);
    };
    const fail = (): void => setFailed(true);
    const stop = source === GpsSource.device ? watchDevice(take, fail) : drive(take, fail, setCar);
    return () => {
      stop();
      reporter.stop();
    };
  }, [drives, isOn, source]);

  useEffect(() => car?.sendTo(target, Date.now()), [car, target?.lat, target?.lng]);
  const isSimulated = isOn && source === GpsSource.simulated;
  return { fix, way: (isSimulated && car?.way(Date.now())) || [], hasFailed };
}

type Take = (fix: MeasuredFix) => void;

/** The GPS of the device. @returns what ends it */
function watchDevice(take: Take, fail: () => void): () => void {
  const watch = navigator.geolocation.watchPosition(
    ({ coords, timestamp }) => {
      const { latitude: lat, longitude: lng, accuracy, heading, speed } = coords;
      take({
        lat,
        lng,
        timestamp,
        accuracy,
        ...(heading !== null && { heading }),
        ...(speed !== null && { speed }),
      });
    },
    fail,
    { enableHighAccuracy: true },
  );
  return () => navigator.geolocation.clearWatch(watch);
}

/** A car on the streets of the demo city. @returns what ends it */
function drive(take: Take, fail: () => void, onCar: (car: StreetCar) => void): () => void {
  let timer: ReturnType<typeof setInterval> | undefined;
  let isWanted = true;
  const begin = async (): Promise<void> => {
    const { StreetCar } = await import('./street-car.js');
    const car = await StreetCar.load(startInAddress());
    if (!isWanted) return;
    onCar(car);
    const measure = (): void => take(car.measure(Date.now()));
    measure();
    timer = setInterval(measure, MEASURE_INTERVAL_MS);
  };
  begin().catch(fail);
  return () => {
    isWanted = false;
    clearInterval(timer);
  };
}

/** `/drive?at=-34.9,-56.17` begins there. */
function startInAddress(): Point | undefined {
  const [lat = NaN, lng = NaN] = (new URLSearchParams(location.search).get('at') ?? '')
    .split(',')
    .map(Number);
  return Number.isFinite(lat) && Number.isFinite(lng) ? { lat, lng } : undefined;
}
