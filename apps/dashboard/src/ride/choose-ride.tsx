import { useEffect, useRef, useState } from 'react';
import { makeId, type RideLink } from '#libs/client';
import { MAX_STOPS, PaymentMode } from '#libs/contracts/browser';
import { addressNear } from '../city/addresses.js';
import { useOnMap } from '../phone/map-board.js';
import { PlaceField } from '../phone/place-field.js';
import { type MapMark, type Point } from '../phone/street-map.js';
import { tripMarks } from '../phone/trip-marks.js';
import { usePhoneWords } from '../phone/words/use-phone-words.js';
import { useFailureText } from '../words/failure-text.js';
import { distanceText, minutes, money } from '../words/language.js';
import { PRESSED } from '../session/open-client.js';
import { forget, keep, keptOf } from '../shell/kept.js';
import { useEstimate } from './use-estimate.js';
import { useNearbyCars } from './use-nearby-cars.js';

interface Place extends Point {
  /** Null until it is found, or where there is none. */
  address: string | null;
}

/** The middle of the demo city: cars around it are shown until a pickup is chosen. */
const MIDDLE: Point = { lat: -34.9, lng: -56.17 };
const NOWHERE: Point = { lat: 0, lng: 0 };
const KEPT = 'ride';

/** Choosing where to be picked up, where to stop and where to go, and what it will cost. */
export function ChooseRide({ rides }: { rides: RideLink<'/passengers'> }) {
  const words = usePhoneWords();
  const failureText = useFailureText();
  const { places: said } = words;
  /** The pickup, the stops and the dropoff, in this order. */
  const [places, setPlaces] = useState<readonly (Place | undefined)[]>(keptPlaces);
  /** The one that a tap on the map sets. */
  const [choosing, setChoosing] = useState(0);
  const [payment, setPayment] = useState<PaymentMode>(PaymentMode.card);
  const [trouble, setTrouble] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const chosen = places.filter((place) => place !== undefined);
  const isWhole = chosen.length === places.length;
  const cars = useNearbyCars(rides, places[0] ?? MIDDLE);
  const estimate = useEstimate(isWhole ? chosen : undefined);
  // The same for each try of the same request, so that it becomes one trip.
  const key = useRef(makeId());
  useEffect(() => void (key.current = makeId()), [places, payment]);
  useEffect(() => keep(KEPT, places), [places]);

  const choose = (index: number, place: Place): void => {
    const changed = places.with(index, place);
    const next = changed.findIndex((each) => !each);
    setPlaces(changed);
    setChoosing(next === -1 ? index : next);
  };
  const point = (index: number, { lat, lng }: Point): void => {
    choose(index, { lat, lng, address: null });
    void addressNear(lat, lng).then(
      (address) =>
        setPlaces((before) =>
          before.map((each) =>
            address && each?.lat === lat && each.lng === lng ? { ...each, address } : each,
          ),
        ),
      () => undefined,
    );
  };
  const addStop = (): void => {
    setPlaces(places.toSpliced(-1, 0, undefined));
    setChoosing(places.length - 1);
  };
  const takeOut = (index: number): void => {
    setPlaces(places.toSpliced(index, 1));
    setChoosing(0);
  };
  const tap = (place: Point): void => point(choosing, place);
  const locate = (): void => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => point(0, { lat: coords.latitude, lng: coords.longitude }),
      () => setTrouble(said.noPosition),
    );
  };
  const request = async (): Promise<void> => {
    const [pickup, ...stops] = chosen;
    if (!pickup || !isWhole) return;
    setBusy(true);
    setTrouble(undefined);
    const answer = await rides.request(
      'trip:request',
      {
        pickupPoint: pointOf(pickup),
        ...(pickup.address ? { pickupAddress: pickup.address } : {}),
        stops: stops.map((stop) => ({
          point: pointOf(stop),
          ...(stop.address ? { address: stop.address } : {}),
        })),
        paymentMode: payment,
        idempotencyKey: key.current,
      },
      PRESSED,
    );
    setBusy(false);
    // A trip that was requested is shown by whoever shows the current one.
    if (answer.ok) forget(KEPT);
    else setTrouble(failureText(answer.error));
  };

  const inWords = (place: Place | undefined): string =>
    place ? (place.address ?? said.onTheMap) : '';
  const kindOf = (index: number) =>
    index === 0 ? 'pickup' : index === places.length - 1 ? 'dropoff' : 'stop';
  useOnMap(
    {
      marks: [...cars.map((car): MapMark => ({ ...car, look: 'car' })), ...marksOf(places)],
      view: isWhole ? chosen : [],
      viewKey: JSON.stringify(chosen),
    },
    tap,
  );
  return (
    <>
      <h2>{isWhole ? words.ride.ready : said[kindOf(choosing)].ask}</h2>
      {places.map((place, i) => {
        const kind = kindOf(i);
        return (
          <PlaceField
            key={i}
            label={kind === 'stop' ? `${said.stop.label} ${i}` : said[kind].label}
            place={place}
            value={inWords(place)}
            isCurrent={choosing === i}
            onFocus={() => setChoosing(i)}
            onChoose={({ lat, lng, label }) => choose(i, { lat, lng, address: label })}
            onTakeOut={kind === 'stop' ? () => takeOut(i) : undefined}
          />
        );
      })}
      <div className="row">
        <button type="button" onClick={locate}>
          {said.here}
        </button>
        {/* The pickup is no stop. */}
        <button type="button" disabled={places.length > MAX_STOPS} onClick={addStop}>
          {said.addStop}
        </button>
        <span className="muted" role="status">
          {words.ride.carsNear(cars.length)}
        </span>
      </div>
      {estimate.failure && (
        <p className="notice" role="alert">
          {failureText(estimate.failure)}
        </p>
      )}
      {estimate.fare && (
        <div className="estimate">
          <strong>{money(estimate.fare.total, estimate.fare.currency)}</strong>
          <span className="muted">
            {distanceText(estimate.fare.distanceMeters)} ·{' '}
            {minutes(estimate.fare.durationMs / 60_000)}
            {estimate.fare.surge > 0 && ` · ${words.ride.surge}`}
          </span>
          <select
            aria-label={words.ride.payment}
            value={payment}
            onChange={(event) => setPayment(event.target.value as PaymentMode)}
          >
            {Object.values(PaymentMode).map((mode) => (
              <option key={mode} value={mode}>
                {words.payment[mode]}
              </option>
            ))}
          </select>
        </div>
      )}
      {trouble && (
        <p className="notice" role="alert">
          {trouble}
        </p>
      )}
      {isWhole && (
        <button
          type="button"
          className="primary large"
          disabled={isBusy}
          onClick={() => void request()}
        >
          {isBusy ? words.ride.requesting : words.ride.request}
        </button>
      )}
    </>
  );
}

/** What was chosen before a reload: JSON has null for what is not. */
function keptPlaces(): readonly (Place | undefined)[] {
  const kept = keptOf<(Place | null)[]>(KEPT) ?? [];
  return kept.length < 2 ? [undefined, undefined] : kept.map((place) => place ?? undefined);
}

/** Those that are chosen, each as what it will be. */
function marksOf(places: readonly (Place | undefined)[]): MapMark[] {
  const [pickup, ...stops] = places.map((place) => place ?? NOWHERE);
  return tripMarks({ pickup: pickup!, stops }).filter((_, i) => places[i]);
}

function pointOf({ lat, lng }: Point): Point {
  return { lat, lng };
}
