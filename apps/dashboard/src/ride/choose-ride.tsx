import { useEffect, useRef, useState } from 'react';
import { makeId, type RideLink } from '#libs/client';
import { PaymentMode } from '#libs/contracts/browser';
import { addressNear } from '../city/addresses.js';
import { useOnMap } from '../phone/map-board.js';
import { minutes } from '../phone/phone-text.js';
import { PlaceField } from '../phone/place-field.js';
import { type MapMark, type Point } from '../phone/street-map.js';
import { usePhoneWords } from '../phone/words/use-phone-words.js';
import { distanceText, money } from '../words/language.js';
import { useEstimate } from './use-estimate.js';
import { useNearbyCars } from './use-nearby-cars.js';

interface Place extends Point {
  /** Null until it is found, or where there is none. */
  address: string | null;
}

type End = 'pickup' | 'dropoff';

/** The middle of the demo city: cars around it are shown until a pickup is chosen. */
const MIDDLE: Point = { lat: -34.9, lng: -56.17 };

/** Choosing where to be picked up and where to go, and what it will cost. */
export function ChooseRide({ rides }: { rides: RideLink<'/passengers'> }) {
  const words = usePhoneWords();
  const { places: said } = words;
  const [places, setPlaces] = useState<Partial<Record<End, Place>>>({});
  const [choosing, setChoosing] = useState<End>('pickup');
  const [payment, setPayment] = useState<PaymentMode>(PaymentMode.card);
  const [trouble, setTrouble] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const { pickup, dropoff } = places;
  const cars = useNearbyCars(rides, pickup ?? MIDDLE);
  const estimate = useEstimate(pickup, dropoff);
  // The same for each try of the same request, so that it becomes one trip.
  const key = useRef(makeId());
  useEffect(() => void (key.current = makeId()), [pickup, dropoff, payment]);

  const choose = (end: End, place: Place): void => {
    setPlaces((before) => ({ ...before, [end]: place }));
    setChoosing(end === 'pickup' && !dropoff ? 'dropoff' : end);
  };
  const point = (end: End, { lat, lng }: Point): void => {
    choose(end, { lat, lng, address: null });
    void addressNear(lat, lng).then(
      (address) =>
        setPlaces((before) => {
          const shown = before[end];
          if (!address || shown?.lat !== lat || shown.lng !== lng) return before;
          return { ...before, [end]: { ...shown, address } };
        }),
      () => undefined,
    );
  };
  const tap = (place: Point): void => point(choosing, place);
  const locate = (): void => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => point('pickup', { lat: coords.latitude, lng: coords.longitude }),
      () => setTrouble(said.noPosition),
    );
  };
  const request = async (): Promise<void> => {
    if (!pickup || !dropoff) return;
    setBusy(true);
    setTrouble(undefined);
    const answer = await rides.request('trip:request', {
      pickupPoint: pointOf(pickup),
      ...(pickup.address ? { pickupAddress: pickup.address } : {}),
      stops: [
        { point: pointOf(dropoff), ...(dropoff.address ? { address: dropoff.address } : {}) },
      ],
      paymentMode: payment,
      idempotencyKey: key.current,
    });
    setBusy(false);
    // A trip that was requested is shown by whoever shows the current one.
    if (!answer.ok) setTrouble(`${words.refused} (${answer.error.code}).`);
  };

  const inWords = (place: Place | undefined): string =>
    place ? (place.address ?? said.onTheMap) : '';
  const view = [pickup, dropoff].filter((place) => place !== undefined);
  useOnMap(
    {
      marks: [
        ...cars.map((car): MapMark => ({ ...car, look: 'car' })),
        ...(pickup ? [{ ...pickup, id: 'pickup', look: 'pickup' as const }] : []),
        ...(dropoff ? [{ ...dropoff, id: 'dropoff', look: 'dropoff' as const }] : []),
      ],
      view: view.length === 2 ? view : [],
      viewKey: JSON.stringify(view),
    },
    tap,
  );
  return (
    <>
      <h2>{pickup && dropoff ? words.ride.ready : said[choosing].ask}</h2>
      {(['pickup', 'dropoff'] as const).map((end) => (
        <PlaceField
          key={end}
          label={said[end].label}
          value={inWords(places[end])}
          isCurrent={choosing === end}
          onFocus={() => setChoosing(end)}
          onChoose={({ lat, lng, label }) => choose(end, { lat, lng, address: label })}
        />
      ))}
      <div className="row">
        <button type="button" onClick={locate}>
          {said.here}
        </button>
        <span className="muted" role="status">
          {words.ride.carsNear(cars.length)}
        </span>
      </div>
      {estimate.failure && (
        <p className="notice" role="alert">
          {words.refused}: {estimate.failure}
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
      {pickup && dropoff && (
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

function pointOf({ lat, lng }: Point): Point {
  return { lat, lng };
}
