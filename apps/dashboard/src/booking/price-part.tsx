import { useEffect, useMemo, useState } from 'react';
import { makeId } from '#libs/client';
import { type FareBreakdown } from '#libs/contracts/browser';
import { ask, RestFailure } from '../session/rest.js';
import { navigate } from '../shell/router.js';
import { useFailureText } from '../words/failure-text.js';
import { useViewWords } from '../words/view-words.js';
import { distanceText, minutes, money, numberOf } from '../words/words.js';
import { type BookingDraft } from './booking-draft.js';
import { bookingWords } from './booking-words.js';

const NEAR_METERS = 3_000;
/** Of a multiplier; 10000 is 1.0x. */
const BASIS_POINTS = 10_000;

interface PricePartProps {
  draft: BookingDraft;
  notes: string;
  onBooked: () => void;
}

/** What it would cost, how far the next cars are, and the button that books. */
export function PricePart({ draft, notes, onBooked }: PricePartProps) {
  const words = useViewWords(bookingWords);
  const failureText = useFailureText();
  const request = requestOf(draft, notes);
  const content = JSON.stringify(request);
  // The same booking has the same name however often it is sent; another one has another.
  const { key } = useMemo(() => ({ content, key: makeId() }), [content]);
  const [failure, setFailure] = useState('');
  const [isBusy, setBusy] = useState(false);
  const price = usePrice(draft);

  const book = async (): Promise<void> => {
    if (!draft.passengerId) return setFailure(words.passengerNeeded);
    if (!draft.from) return setFailure(words.fromNeeded);
    if (!draft.stops.at(-1)) return setFailure(words.toNeeded);
    if (!isWhole(draft)) return setFailure(words.stopNeeded);
    setBusy(true);
    setFailure('');
    try {
      const { data } = await ask<{ id: string }>('POST', 'admin/trips', { body: request, key });
      onBooked();
      navigate(`/trips/${data.id}`);
    } catch (refused) {
      if (!(refused instanceof RestFailure)) throw refused;
      setFailure(failureText(refused));
      setBusy(false);
    }
  };

  return (
    <div className="booking-price">
      <h2>{words.estimate}</h2>
      <div role="status">
        {price.state === 'none' && (
          <p className="muted">{draft.stops.length > 1 ? words.stopNeeded : words.estimateNone}</p>
        )}
        {price.state === 'asking' && <p className="muted">{words.estimating}</p>}
        {price.state === 'failed' && <p className="notice">{failureText(price.failure)}</p>}
        {price.state === 'known' && (
          <>
            <p className="booking-total" data-total={price.fare.total}>
              <strong>{money(price.fare.total, price.fare.currency)}</strong>{' '}
              <span className="muted">
                {distanceText(price.fare.distanceMeters)}, {minutes(price.fare.durationMs / 60_000)}
                {price.fare.surgeBasisPoints > BASIS_POINTS &&
                  `, ${words.surge} ${numberOf(price.fare.surgeBasisPoints / BASIS_POINTS, 2)}×`}
              </span>
            </p>
            {price.cars && (
              <p className="muted">
                {price.cars.count === 0
                  ? words.noCars
                  : `${words.freeCars}: ${price.cars.count}, ${words.nearest} ${price.cars.nearestMeters} m`}
              </p>
            )}
          </>
        )}
      </div>
      {failure && (
        <p className="notice" role="alert">
          {failure}
        </p>
      )}
      <div>
        <button type="button" className="primary" disabled={isBusy} onClick={() => void book()}>
          {isBusy ? words.booking : words.book}
        </button>
      </div>
    </div>
  );
}

type Price =
  | { state: 'none' | 'asking' }
  | { state: 'failed'; failure: RestFailure }
  | { state: 'known'; fare: FareBreakdown; cars: FreeCars | undefined };

interface FreeCars {
  count: number;
  nearestMeters: number;
}

function usePrice(draft: BookingDraft): Price {
  const [price, setPrice] = useState<Price>({ state: 'none' });
  const { pickupPoint, stops } = requestOf(draft, '');
  const places = JSON.stringify({ pickupPoint, stops });
  const canBeAsked = isWhole(draft);
  useEffect(() => {
    if (!canBeAsked) return setPrice({ state: 'none' });
    const controller = new AbortController();
    const { signal } = controller;
    setPrice({ state: 'asking' });
    const body = JSON.parse(places) as ReturnType<typeof requestOf>;
    Promise.all([
      ask<FareBreakdown>('POST', 'admin/trips/estimate', { body, signal }),
      freeCarsNear(body.pickupPoint!, signal),
    ]).then(
      ([{ data }, cars]) => !signal.aborted && setPrice({ state: 'known', fare: data, cars }),
      (failure: unknown) => {
        if (signal.aborted) return;
        if (!(failure instanceof RestFailure)) throw failure;
        setPrice({ state: 'failed', failure });
      },
    );
    return () => controller.abort();
  }, [places, canBeAsked]);
  return price;
}

/** Undefined where that cannot be known now: the price is said without it. */
async function freeCarsNear(
  { lat, lng }: { lat: number; lng: number },
  signal: AbortSignal,
): Promise<FreeCars | undefined> {
  try {
    const { data } = await ask<{ distanceMeters: number }[]>('GET', 'driver-availability/nearby', {
      query: { lat, lng, radiusMeters: NEAR_METERS, limit: 100 },
      signal,
    });
    return { count: data.length, nearestMeters: Math.round(data[0]?.distanceMeters ?? 0) };
  } catch {
    return undefined;
  }
}

function isWhole({ from, stops }: BookingDraft): boolean {
  return from !== undefined && stops.every((stop) => stop !== undefined);
}

/** The note stands with the dropoff. */
function requestOf({ passengerId, from, stops, paymentMode }: BookingDraft, notes: string) {
  const chosen = stops.filter((stop) => stop !== undefined);
  return {
    passengerId,
    paymentMode,
    pickupPoint: from && { lat: from.lat, lng: from.lng },
    ...(from?.address ? { pickupAddress: from.address } : {}),
    stops: chosen.map(({ lat, lng, address }, i) => ({
      point: { lat, lng },
      ...(address ? { address } : {}),
      ...(notes.trim() && i === chosen.length - 1 ? { notes: notes.trim() } : {}),
    })),
  };
}
