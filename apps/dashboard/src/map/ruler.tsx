import { useEffect, useState } from 'react';
import { type AvailabilitySnapshot, type FramedPosition } from '#libs/contracts/browser';
import { useAnswer } from '../session/use-answer.js';
import { NotRead } from '../shell/read.js';
import { navigate } from '../shell/router.js';
import { Ago } from '../words/ago.js';
import { distanceText, minutes, useWords } from '../words/words.js';
import { type MapDesk, type Place } from './map-desk.js';
import { Level, type Drawing } from './map-overlay.js';

interface NearbyCar extends AvailabilitySnapshot {
  distanceMeters: number;
  etaMs: number;
  position: FramedPosition;
}

interface PersonName {
  name?: string;
  vehicle?: { plate: string };
}

const MOST_CARS = 5;
const RADIUS_METERS = 10_000;
const READ_INTERVAL_MS = 3_000;
const MINUTE_MS = 60_000;
const SHORTEST_WITH_WORDS = 70;

interface RulerProps {
  desk: MapDesk;
  close: () => void;
}

/** The nearest free cars to a place of the map: how far, how soon, and lines to each. */
export function Ruler({ desk, close }: RulerProps) {
  const words = useWords();
  const [place, setPlace] = useState<Place>(desk.center);
  useEffect(() => desk.takeClicks(setPlace), [desk]);
  const { answer, failure, again } = useAnswer<NearbyCar[]>('driver-availability/nearby', {
    lat: place.lat.toFixed(6),
    lng: place.lng.toFixed(6),
    radiusMeters: String(RADIUS_METERS),
    limit: String(MOST_CARS),
  });
  useEffect(() => {
    const timer = setInterval(again, READ_INTERVAL_MS);
    return () => clearInterval(timer);
  }, [again]);
  const cars = answer?.data;
  useEffect(
    () => desk.overlay.add(Level.ruler, rulerDrawing(place, cars ?? [])),
    [desk, place, cars],
  );

  return (
    <section className="map-panel" aria-label={words.mapTools.ruler}>
      <header>
        <h2>{words.mapTools.ruler}</h2>
        <button type="button" className="close" onClick={close} aria-label={words.mapTools.close}>
          ×
        </button>
      </header>
      <p className="muted small">{words.mapTools.rulerHelp}</p>
      <button type="button" onClick={() => setPlace(desk.center)}>
        {words.mapTools.fromMiddle}
      </button>
      {failure && <NotRead what={words.mapTools.carsFailed} failure={failure} again={again} />}
      {cars?.length === 0 && <p className="muted">{words.mapTools.noCarsNear}</p>}
      {answer && cars && cars.length > 0 && (
        <ol className="map-rows ruler-cars" data-list>
          {cars.map((car) => (
            <li key={car.driverId}>
              <button
                type="button"
                data-item
                className="link"
                onClick={() => navigate(`/drivers/${car.driverId}`)}
              >
                <DriverName driverId={car.driverId} />
              </button>
              <span className="muted small">
                <Ago at={answer.receivedAt - car.position.ageMs} />
              </span>
              <span className="number">{distanceText(car.distanceMeters)}</span>
              <strong className="number">{minutes(car.etaMs / MINUTE_MS)}</strong>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function DriverName({ driverId }: { driverId: string }) {
  const words = useWords();
  const { answer } = useAnswer<PersonName>(`admin/users/${driverId}`);
  const person = answer?.data;
  return (
    <>{person?.name ?? person?.vehicle?.plate ?? `${words.driver.title} ${driverId.slice(0, 8)}`}</>
  );
}

function rulerDrawing({ lat, lng }: Place, cars: readonly NearbyCar[]): Drawing {
  return ({ context, project, color }) => {
    const [x, y] = project(lng, lat);
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.font = '600 12px "Noto Sans", sans-serif';
    cars.forEach(({ position, etaMs }, i) => {
      const [carX, carY] = project(position.lng, position.lat);
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(carX, carY);
      context.setLineDash([]);
      context.lineWidth = 5;
      context.strokeStyle = color('--surface');
      context.stroke();
      context.lineWidth = i === 0 ? 3 : 1.5;
      context.strokeStyle = color('--accent');
      context.stroke();
      if (Math.hypot(carX - x, carY - y) < SHORTEST_WITH_WORDS) return;
      const text = minutes(etaMs / MINUTE_MS);
      const [middleX, middleY] = [carX + (x - carX) * 0.35, carY + (y - carY) * 0.35];
      context.lineWidth = 4;
      context.strokeStyle = color('--surface');
      context.strokeText(text, middleX, middleY);
      context.fillStyle = color('--text');
      context.fillText(text, middleX, middleY);
    });
    context.beginPath();
    context.arc(x, y, 7, 0, 2 * Math.PI);
    context.fillStyle = color('--surface');
    context.fill();
    context.lineWidth = 3;
    context.strokeStyle = color('--accent');
    context.stroke();
    context.beginPath();
    context.moveTo(x - 14, y);
    context.lineTo(x + 14, y);
    context.moveTo(x, y - 14);
    context.lineTo(x, y + 14);
    context.lineWidth = 1.5;
    context.stroke();
  };
}
