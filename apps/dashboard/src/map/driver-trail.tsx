import { useCallback, useEffect, useState } from 'react';
import { ask, RestFailure } from '../session/rest.js';
import { serverNow } from '../session/server-clock.js';
import { NotRead } from '../shell/read.js';
import { distanceText, useWords } from '../words/words.js';
import { type MapDesk } from './map-desk.js';
import { Level } from './map-overlay.js';
import { SPEED_BANDS, summaryOf, trailDrawing, type TrailFix } from './trail.js';

const TRAIL_MS = 10 * 60_000;
const [FAST, MIDDLE] = SPEED_BANDS;

interface DriverTrailProps {
  driverId: string;
  desk: MapDesk;
}

/** Where the driver has been and how fast, drawn on the map and said in figures. */
export function DriverTrail({ driverId, desk }: DriverTrailProps) {
  const words = useWords();
  const { fixes, failure, again } = useTrail(driverId, desk);
  const summary = fixes && summaryOf(fixes);
  return (
    <section className="trail">
      <h2>{words.driver.trail}</h2>
      {failure && <NotRead what={words.mapDriver.trailFailed} failure={failure} again={again} />}
      {fixes && !summary && <p className="muted">{words.mapDriver.trailNone}</p>}
      {summary && (
        <>
          <dl className="facts">
            <dt>{words.mapDriver.trailDistance}</dt>
            <dd>{distanceText(summary.meters)}</dd>
            <dt>{words.mapDriver.trailMean}</dt>
            <dd>{Math.round(summary.meanKmh)} km/h</dd>
            <dt>{words.mapDriver.trailTop}</dt>
            <dd>{Math.round(summary.topKmh)} km/h</dd>
          </dl>
          <ul className="trail-legend">
            <li className="trail-slow">
              {words.mapDriver.slow} {MIDDLE.from} km/h
            </li>
            <li className="trail-middle">
              {MIDDLE.from}–{FAST.from}
            </li>
            <li className="trail-fast">
              {words.mapDriver.fast} {FAST.from}
            </li>
          </ul>
        </>
      )}
    </section>
  );
}

/** The fixes of the last minutes; new ones are added as the map gets them. */
function useTrail(driverId: string, desk: MapDesk) {
  const [fixes, setFixes] = useState<readonly TrailFix[]>();
  const [failure, setFailure] = useState<RestFailure>();
  const [tries, setTries] = useState(0);
  const again = useCallback(() => setTries((before) => before + 1), []);
  useEffect(() => {
    let isOpen = true;
    void ask<TrailFix[]>('GET', `driver-availability/${driverId}/history`, {
      query: { from: serverNow() - TRAIL_MS },
    }).then(
      ({ data }) => {
        if (!isOpen) return;
        setFixes(data);
        setFailure(undefined);
        const newest = data.at(-1);
        if (newest && !desk.fleet.cars.has(driverId)) desk.goTo(newest.lat, newest.lng, 15);
      },
      (error: unknown) => {
        if (!(error instanceof RestFailure)) throw error;
        if (isOpen) setFailure(error);
      },
    );
    const end = desk.onFrame(() => {
      const fix = desk.fleet.cars.get(driverId)?.driver;
      if (fix) setFixes((known) => known && withNewest(known, fix));
    });
    return () => {
      isOpen = false;
      end();
    };
  }, [driverId, desk, tries]);
  useEffect(() => desk.overlay.add(Level.trail, trailDrawing(fixes ?? [])), [desk, fixes]);
  return { fixes, failure, again };
}

function withNewest(known: readonly TrailFix[], fix: TrailFix): readonly TrailFix[] {
  if (fix.timestamp <= (known.at(-1)?.timestamp ?? 0)) return known;
  return [...known.filter(({ timestamp }) => timestamp > fix.timestamp - TRAIL_MS), fix];
}
