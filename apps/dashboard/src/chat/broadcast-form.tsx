import { useState, type FormEvent } from 'react';
import { makeId } from '#libs/client';
import { circleAround } from '../places/circle.js';
import { PlaceField } from '../places/place-field.js';
import { PlaceMap } from '../places/place-map-part.js';
import { type Place } from '../places/place.js';
import { ask, RestFailure } from '../session/rest.js';
import { useKept } from '../shell/kept.js';
import { Link } from '../shell/router.js';
import { useFailureText } from '../words/failure-text.js';
import { useViewWords } from '../words/view-words.js';
import { conversationAddress } from './chat-labels.js';
import { chatWords } from './chat-words.js';

const Audience = {
  drivers: 'drivers',
  passengers: 'passengers',
  driversInArea: 'drivers_in_area',
} as const;
type Audience = (typeof Audience)[keyof typeof Audience];

interface Corner {
  lat: number;
  lng: number;
}
interface Said {
  conversationId: string;
  recipients: number | null;
}

/** What is being written, and to whom. */
interface Announcement {
  audience: Audience;
  text: string;
  corners: readonly Corner[];
  /** Of the circle that the corners were taken from; null for corners that were drawn. */
  center: Place | null;
  radius: number;
  /** Sent again it is said once. */
  key: string;
}

const fresh = (): Announcement => ({
  audience: Audience.drivers,
  text: '',
  corners: [],
  center: null,
  radius: 1_000,
  key: makeId(),
});

const MOST_CORNERS = 100;
const RADII_METERS = [500, 1_000, 2_000, 5_000, 10_000];

/**
 * Says something to all drivers, all passengers, or the drivers in an area that is drawn here. A reload
 * loses nothing of it.
 */
export function BroadcastForm() {
  const words = useViewWords(chatWords);
  const failureText = useFailureText();
  const [begun, change, putBack] = useKept('announcement', fresh);
  const { audience, text, corners, center, radius, key } = begun;
  const [frame, setFrame] = useState(corners);
  const [failure, setFailure] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [said, setSaid] = useState<Said>();
  const isInArea = audience === Audience.driversInArea;

  const circle = (place: Place | undefined, meters: number): void => {
    if (!place) return change({ center: null, radius: meters });
    const around = circleAround(place, meters);
    change({ center: place, radius: meters, corners: around });
    setFrame(around);
  };
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const message = text.trim();
    if (message === '') return setFailure(words.textNeeded);
    if (isInArea && corners.length < 3) return setFailure(words.areaNeeded);
    setBusy(true);
    setFailure('');
    try {
      const body = { audience, text: message, ...(isInArea ? { area: corners } : {}) };
      const { data } = await ask<Said>('POST', 'admin/chat/broadcasts', { body, key });
      setSaid(data);
      putBack();
    } catch (error) {
      if (!(error instanceof RestFailure)) throw error;
      setFailure(failureText(error));
      // Refused for good: whatever is sent next is another one. Without an answer it is the same.
      if (error.status >= 400 && error.status < 500) change({ key: makeId() });
    } finally {
      setBusy(false);
    }
  };

  if (said)
    return (
      <div className="chat-form" role="status">
        <h2>{words.announceTitle}</h2>
        <p className="notice good">
          {said.recipients === null ? words.saidToAll : `${words.saidTo} ${said.recipients}`}
        </p>
        <div className="row">
          <Link to={conversationAddress(said.conversationId)} className="button">
            {words.openIt}
          </Link>
          <button type="button" onClick={() => setSaid(undefined)}>
            {words.another}
          </button>
        </div>
      </div>
    );
  return (
    <form className="chat-form broadcast" onSubmit={(event) => void submit(event)}>
      <Link to="/chat" className="chat-back">
        ← {words.back}
      </Link>
      <h2>{words.announceTitle}</h2>
      <fieldset className="choices-list">
        <legend>{words.audience}</legend>
        {(
          [
            [Audience.drivers, words.drivers],
            [Audience.passengers, words.passengers],
            [Audience.driversInArea, words.driversInArea],
          ] as const
        ).map(([value, label]) => (
          <label key={value} className="check">
            <input
              type="radio"
              name="audience"
              value={value}
              checked={audience === value}
              onChange={() => change({ audience: value })}
            />{' '}
            {label}
          </label>
        ))}
      </fieldset>
      {isInArea && (
        <fieldset className="broadcast-area">
          <legend>{words.area}</legend>
          <p className="muted">{words.areaHint}</p>
          <div className="row broadcast-circle">
            <PlaceField
              label={words.circle}
              place={center ?? undefined}
              onPlace={(place) => circle(place, radius)}
            />
            <label>
              {words.radius}
              <select
                value={radius}
                onChange={({ target }) => circle(center ?? undefined, Number(target.value))}
              >
                {RADII_METERS.map((meters) => (
                  <option key={meters} value={meters}>
                    {meters >= 1_000 ? `${meters / 1_000} km` : `${meters} m`}
                  </option>
                ))}
              </select>
            </label>
          </div>
          <PlaceMap
            label={words.area}
            area={corners}
            frame={frame}
            onPoint={(point) => {
              if (corners.length < MOST_CORNERS) change({ corners: [...corners, point] });
            }}
          />
          <div className="row">
            <span role="status" data-corners={corners.length}>
              {corners.length} {words.corners}
            </span>
            <button
              type="button"
              disabled={corners.length === 0}
              onClick={() => change({ corners: corners.slice(0, -1) })}
            >
              {words.undoCorner}
            </button>
            <button
              type="button"
              disabled={corners.length === 0}
              onClick={() => change({ corners: [], center: null })}
            >
              {words.clear}
            </button>
          </div>
        </fieldset>
      )}
      <label>
        {words.text}
        <textarea
          name="text"
          rows={4}
          value={text}
          onChange={({ target }) => change({ text: target.value })}
        />
      </label>
      {failure && (
        <p className="notice" role="alert">
          {failure}
        </p>
      )}
      <div>
        <button type="submit" className="primary" disabled={isBusy}>
          {isBusy ? words.announcing : words.announce}
        </button>
      </div>
    </form>
  );
}
