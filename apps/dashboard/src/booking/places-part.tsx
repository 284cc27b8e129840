import { useEffect, useRef } from 'react';
import { MAX_STOPS } from '#libs/contracts/browser';
import { type Place } from '../places/place.js';
import { PlaceField } from '../places/place-field.js';
import { useViewWords } from '../words/view-words.js';
import { changeDraft, type BookingDraft } from './booking-draft.js';
import { bookingWords, type BookingWords } from './booking-words.js';
import { moved, withOneMore, without, type Stops } from './stops.js';

/** One of the places of a booking: the pickup, or a stop by its index. */
export type Spot = 'from' | number;

export function spotName(spot: Spot, stops: Stops, words: BookingWords): string {
  if (spot === 'from') return words.from;
  return spot === stops.length - 1 ? words.to : `${words.stop} ${spot + 1}`;
}

export function changePlace(draft: BookingDraft, spot: Spot, place: Place | undefined): void {
  if (spot === 'from') changeDraft({ from: place });
  else if (spot < draft.stops.length) changeDraft({ stops: draft.stops.with(spot, place) });
}

interface PlacesPartProps {
  draft: BookingDraft;
  /** The place that somebody turns to; undefined after its choice. */
  onPointed: (spot: Spot | undefined) => void;
}

/** From where, over which stops, to where. */
export function PlacesPart({ draft, onPointed }: PlacesPartProps) {
  const words = useViewWords(bookingWords);
  const { from, stops } = draft;
  const list = useRef<HTMLDivElement>(null);
  /** What the keyboard goes on with after the next change. */
  const next = useRef<string>(undefined);
  useEffect(() => {
    if (next.current === undefined) return;
    list.current?.querySelector<HTMLElement>(next.current)?.focus();
    next.current = undefined;
  });

  const change = (changed: Stops, focused: string): void => {
    next.current = focused;
    onPointed(undefined);
    changeDraft({ stops: changed });
  };
  const move = (index: number, by: -1 | 1): void => {
    const other = index + by;
    // At an end the button of this direction can do nothing more.
    const isAtEnd = other === (by === 1 ? stops.length - 1 : 0);
    change(moved(stops, index, by), `[data-stop="${other}"] [data-by="${isAtEnd ? -by : by}"]`);
  };
  const takeOut = (index: number): void =>
    change(without(stops, index), `[data-stop="${Math.max(0, index - 1)}"] input`);

  const field = (spot: Spot, place: Place | undefined) => (
    <PlaceField
      label={spotName(spot, stops, words)}
      placeholder={`${words.address}, ${words.onMap}`}
      place={place}
      onPlace={(chosen) => {
        changePlace(draft, spot, chosen);
        onPointed(undefined);
      }}
    />
  );
  return (
    <div className="booking-places" ref={list}>
      <div className="booking-place" onFocus={() => onPointed('from')}>
        {field('from', from)}
      </div>
      {stops.map((stop, i) => (
        <div key={i} className="booking-place" data-stop={i} onFocus={() => onPointed(i)}>
          {field(i, stop)}
          {stops.length > 1 && (
            <Order
              name={spotName(i, stops, words)}
              isFirst={i === 0}
              isLast={i === stops.length - 1}
              onMove={(by) => move(i, by)}
              onTakeOut={() => takeOut(i)}
            />
          )}
        </div>
      ))}
      <div className="row">
        <button
          type="button"
          disabled={stops.length >= MAX_STOPS}
          onClick={() => change(withOneMore(stops), `[data-stop="${stops.length - 1}"] input`)}
        >
          {words.addStop}
        </button>
        <button
          type="button"
          disabled={!from && stops.every((stop) => !stop)}
          onClick={() => {
            const [start, ...others] = [from, ...stops].toReversed();
            changeDraft({ from: start, stops: others });
          }}
        >
          {stops.length > 1 ? words.reverse : words.swap}
        </button>
      </div>
      {stops.length >= MAX_STOPS && <p className="muted">{words.stopsFull}</p>}
    </div>
  );
}

interface OrderProps {
  name: string;
  isFirst: boolean;
  isLast: boolean;
  onMove: (by: -1 | 1) => void;
  onTakeOut: () => void;
}

function Order({ name, isFirst, isLast, onMove, onTakeOut }: OrderProps) {
  const words = useViewWords(bookingWords);
  const button = (sign: string, what: string, act: () => void, isOff = false, by?: -1 | 1) => (
    <button
      type="button"
      aria-label={`${what}: ${name}`}
      title={what}
      disabled={isOff}
      data-by={by}
      onClick={act}
    >
      {sign}
    </button>
  );
  return (
    <div className="booking-order">
      {button('↑', words.earlier, () => onMove(-1), isFirst, -1)}
      {button('↓', words.later, () => onMove(1), isLast, 1)}
      {button('×', words.takeOut, onTakeOut)}
    </div>
  );
}
