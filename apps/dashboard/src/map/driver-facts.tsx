import {
  type AvailabilitySnapshot,
  type FramedPosition,
  type RefusedFixes,
  type Vehicle,
} from '#libs/contracts/browser';
import { Link } from '../shell/router.js';
import { type Words } from '../words/english.js';
import { ageInWords, durationInWords, useWords } from '../words/words.js';

/** A driver as REST shows one. */
export interface DriverDetail extends AvailabilitySnapshot {
  refusedFixes: RefusedFixes;
}

interface DriverFactsProps {
  driver: DriverDetail;
  /** As the map has it; absent where the car is not in view. */
  position: FramedPosition | undefined;
  vehicle: Vehicle | undefined;
  /** Epoch ms, by the clock of the server. */
  now: number;
}

/** What the server knows of a driver at work, and how far the position can be trusted. */
export function DriverFacts({ driver, position, vehicle, now }: DriverFactsProps) {
  const words = useWords();
  const { lastLocationTimestamp, lastOnlineTimestamp, currentTripId, refusedFixes } = driver;
  const quality = position && words.quality[position.quality];
  return (
    <dl className="facts">
      <dt>{words.driver.state}</dt>
      <dd>{stateOf(driver, words.map)}</dd>
      {currentTripId && (
        <>
          <dt>{words.driver.trip}</dt>
          <dd>
            <Link to={`/?trip=${currentTripId}`}>{words.mapTools.showOnMap}</Link>
            {' · '}
            <Link to={`/trips/${currentTripId}`}>{words.trips.open}</Link>
          </dd>
        </>
      )}
      {vehicle && (
        <>
          <dt>{words.mapDriver.vehicle}</dt>
          <dd>
            {vehicle.color} {vehicle.make} {vehicle.model} <strong>{vehicle.plate}</strong>
          </dd>
        </>
      )}
      <dt>{words.driver.position}</dt>
      <dd>
        {lastLocationTimestamp
          ? ageInWords(now - Date.parse(lastLocationTimestamp), words)
          : words.driver.none}
        {quality && `, ${quality}`}
      </dd>
      {position?.accuracy !== undefined && (
        <>
          <dt>{words.driver.accuracy}</dt>
          <dd>{Math.round(position.accuracy)} m</dd>
        </>
      )}
      {position?.speed !== undefined && (
        <>
          <dt>{words.driver.speed}</dt>
          <dd>{Math.round(position.speed * 3.6)} km/h</dd>
        </>
      )}
      {position?.heading !== undefined && (
        <>
          <dt>{words.mapDriver.heading}</dt>
          <dd>{Math.round(position.heading)}°</dd>
        </>
      )}
      {lastOnlineTimestamp && driver.isOnline && (
        <>
          <dt>{words.mapDriver.online}</dt>
          <dd>{durationInWords(now - Date.parse(lastOnlineTimestamp), words)}</dd>
        </>
      )}
      <dt>{words.driver.refusedFixes}</dt>
      <dd>{refusedInWords(refusedFixes, words, now)}</dd>
    </dl>
  );
}

function stateOf(
  { availabilityStatus, currentTripId }: AvailabilitySnapshot,
  words: Words['map'],
): string {
  if (currentTripId) return words.onTrip;
  if (availabilityStatus === 'OFFLINE') return words.offline;
  return availabilityStatus === 'AVAILABLE' ? words.available : words.busy;
}

function refusedInWords(
  { byReason, total, lastAt }: RefusedFixes,
  words: Words,
  now: number,
): string {
  if (total === 0) return words.driver.none;
  const reasons = Object.entries(byReason).map(
    ([reason, count]) =>
      `${count} ${words.mapDriver.refused[reason as keyof RefusedFixes['byReason']]}`,
  );
  const last =
    lastAt && `${words.mapDriver.lastRefused} ${ageInWords(now - Date.parse(lastAt), words)}`;
  return [reasons.join(', '), last].filter(Boolean).join('; ');
}
