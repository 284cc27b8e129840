import { lazy, Suspense, useMemo, useState } from 'react';
import { PaymentMode } from '#libs/contracts/browser';
import { addressNear } from '../city/addresses.js';
import { writePlace, type Place } from '../places/place.js';
import { PlaceField } from '../places/place-field.js';
import { type Pin } from '../places/place-map.js';
import { navigate } from '../shell/router.js';
import { useViewWords } from '../words/view-words.js';
import { changeDraft, useBookingDraft } from './booking-draft.js';
import { bookingWords } from './booking-words.js';
import { PassengerPart } from './passenger-part.js';
import { PricePart } from './price-part.js';
import './booking.css';

const PlaceMap = lazy(async () => ({ default: (await import('../places/place-map.js')).PlaceMap }));

type End = 'from' | 'to';

/** A dispatcher books a trip for somebody on the phone: who, from where to where, for how much. */
export function BookingPage() {
  const words = useViewWords(bookingWords);
  const draft = useBookingDraft();
  const { from, to, paymentMode } = draft;
  const [pointed, setPointed] = useState<End>();
  const [notes, setNotes] = useState(() => sessionStorage.getItem('ridewire:booking notes') ?? '');
  /** Which end the next click on the map sets. */
  const next: End = pointed ?? (from ? 'to' : 'from');
  const pins = usePins(from, to, words);

  const set = (end: End, place: Place | undefined): void => {
    changeDraft({ [end]: place });
    setPointed(undefined);
  };
  const point = async ({ lat, lng }: { lat: number; lng: number }): Promise<void> => {
    const end = next;
    set(end, { lat, lng, address: null });
    const unnamed = writePlace({ lat, lng, address: null });
    const address = await addressNear(lat, lng).catch(() => undefined);
    const isStill = new URLSearchParams(location.search).get(end) === unnamed;
    if (address && isStill) changeDraft({ [end]: { lat, lng, address } });
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
        <div className="booking-places">
          {(['from', 'to'] as const).map((end) => (
            <div key={end} className="booking-place" onFocus={() => setPointed(end)}>
              <PlaceField
                label={words[end]}
                placeholder={`${words.address}, ${words.onMap}`}
                place={draft[end]}
                onPlace={(place) => set(end, place)}
              />
            </div>
          ))}
          <button
            type="button"
            disabled={!from && !to}
            onClick={() => changeDraft({ from: to, to: from })}
          >
            {words.swap}
          </button>
        </div>
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
          {words.pointing}: <strong>{words[next]}</strong>
        </p>
        <Suspense fallback={<div className="place-map" />}>
          <PlaceMap label={words.map} pins={pins} onPoint={(place) => void point(place)} />
        </Suspense>
      </div>
    </section>
  );
}

function usePins(
  from: Place | undefined,
  to: Place | undefined,
  words: { from: string; to: string },
): readonly Pin[] {
  const key = JSON.stringify([from, to, words.from, words.to]);
  return useMemo(() => {
    const [start, end, startLabel, endLabel] = JSON.parse(key) as [
      Place?,
      Place?,
      string?,
      string?,
    ];
    return [
      ...(start ? [{ ...start, kind: 'pickup' as const, label: startLabel ?? '' }] : []),
      ...(end ? [{ ...end, kind: 'dropoff' as const, label: endLabel ?? '' }] : []),
    ];
  }, [key]);
}
