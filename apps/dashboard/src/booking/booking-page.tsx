import { useMemo, useState } from 'react';
import { PaymentMode } from '#libs/contracts/browser';
import { addressNear } from '../city/addresses.js';
import { type Place } from '../places/place.js';
import { type Pin } from '../places/place-map.js';
import { PlaceMap } from '../places/place-map-part.js';
import { navigate } from '../shell/router.js';
import { useViewWords } from '../words/view-words.js';
import { changeDraft, currentDraft, useBookingDraft } from './booking-draft.js';
import { bookingWords, type BookingWords } from './booking-words.js';
import { PassengerPart } from './passenger-part.js';
import { changePlace, PlacesPart, spotName, type Spot } from './places-part.js';
import { PricePart } from './price-part.js';
import { type Stops } from './stops.js';
import './booking.css';

/** A dispatcher books a trip for somebody on the phone: who, from where over which stops, for how much. */
export function BookingPage() {
  const words = useViewWords(bookingWords);
  const draft = useBookingDraft();
  const { from, stops, paymentMode } = draft;
  const [pointed, setPointed] = useState<Spot>();
  const [notes, setNotes] = useState(() => sessionStorage.getItem('ridewire:booking notes') ?? '');
  /** What the next click on the map sets. */
  const next = pointed ?? nextSpot(from, stops);
  const pins = usePins(from, stops, words);

  const point = async ({ lat, lng }: { lat: number; lng: number }): Promise<void> => {
    changePlace(draft, next, { lat, lng, address: null });
    setPointed(undefined);
    const set = placeAt(currentDraft(), next);
    const address = await addressNear(lat, lng).catch(() => undefined);
    // Meanwhile it may have been moved, taken out or chosen anew.
    const now = currentDraft();
    const isStill = JSON.stringify(placeAt(now, next)) === JSON.stringify(set);
    if (address && set && isStill) changePlace(now, next, { ...set, address });
  };
  const write = (text: string): void => {
    setNotes(text);
    sessionStorage.setItem('ridewire:booking notes', text);
  };

  return (
    <section className="booking">
      <div className="booking-form">
        <header className="booking-head">
          <h1>{words.title}</h1>
          <button
            type="button"
            onClick={() => {
              write('');
              navigate('/book', true);
            }}
          >
            {words.reset}
          </button>
        </header>
        <PassengerPart passengerId={draft.passengerId} />
        <PlacesPart draft={draft} onPointed={setPointed} />
        <div className="booking-more">
          <label>
            {words.payment}
            <select
              value={paymentMode}
              onChange={({ target }) => changeDraft({ paymentMode: target.value as PaymentMode })}
            >
              {Object.values(PaymentMode).map((mode) => (
                <option key={mode} value={mode}>
                  {words[mode]}
                </option>
              ))}
            </select>
          </label>
          <label>
            {words.notes}
            <input value={notes} maxLength={300} onChange={({ target }) => write(target.value)} />
          </label>
        </div>
        <PricePart draft={draft} notes={notes} onBooked={() => write('')} />
      </div>
      <div className="booking-map">
        <p className="muted" role="status">
          {words.pointing}: <strong>{spotName(next, stops, words)}</strong>
        </p>
        <PlaceMap label={words.map} pins={pins} onPoint={(place) => void point(place)} />
      </div>
    </section>
  );
}

/** The first place that is not chosen yet, else the dropoff. */
function nextSpot(from: Place | undefined, stops: Stops): Spot {
  if (!from) return 'from';
  const open = stops.findIndex((stop) => !stop);
  return open === -1 ? stops.length - 1 : open;
}

function placeAt({ from, stops }: { from: Place | undefined; stops: Stops }, spot: Spot) {
  return spot === 'from' ? from : stops[spot];
}

function usePins(from: Place | undefined, stops: Stops, words: BookingWords): readonly Pin[] {
  // By what they are: a list that is the same must not move the map.
  const key = JSON.stringify(pinsOf(from, stops, words));
  return useMemo(() => JSON.parse(key) as Pin[], [key]);
}

function pinsOf(from: Place | undefined, stops: Stops, words: BookingWords): Pin[] {
  return [
    ...(from ? [{ ...from, kind: 'pickup' as const, label: words.from }] : []),
    ...stops.flatMap((stop, i): Pin[] => {
      if (!stop) return [];
      const label = spotName(i, stops, words);
      if (i === stops.length - 1) return [{ ...stop, kind: 'dropoff', label }];
      return [{ ...stop, kind: 'stop', label, number: i + 1 }];
    }),
  ];
}
