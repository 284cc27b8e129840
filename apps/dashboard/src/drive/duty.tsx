import { useState } from 'react';
import { type RideLink } from '#libs/client';
import { type AvailabilitySnapshot } from '#libs/contracts/browser';
import { usePhoneWords } from '../phone/words/use-phone-words.js';
import { useFailureText } from '../words/failure-text.js';
import { reasonText, tripFactsInEnglish, tripFactsInSpanish } from '../words/trip-facts.js';
import { useViewWords, viewWords } from '../words/view-words.js';
import { PRESSED } from '../session/open-client.js';
import { GpsSource } from './use-gps.js';
import { type LostOffer } from './use-offer.js';

const tripFacts = viewWords(tripFactsInEnglish, tripFactsInSpanish);

interface DutyProps {
  drives: RideLink<'/drivers'>;
  /** Null until the server has said it. */
  availability: AvailabilitySnapshot | null;
  lostOffer: LostOffer | null;
  source: GpsSource;
  onSource: (source: GpsSource) => void;
}

/** Going online and offline, and where positions come from. */
export function Duty({ drives, availability, lostOffer, source, onSource }: DutyProps) {
  const { drive: words } = usePhoneWords();
  const failureText = useFailureText();
  const facts = useViewWords(tripFacts);
  const [isBusy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const isOnline = availability?.isOnline ?? false;
  const isAvailable = availability?.isAvailableForTrips ?? false;
  const whyLost = ({ reason, refusal }: LostOffer): string =>
    refusal ? failureText(refusal) : reasonText(reason, facts);
  const say = async (
    status: { isAvailableForTrips: boolean } | { isOnline: false },
  ): Promise<void> => {
    setBusy(true);
    const answer = await drives.request('driver:status:update', status, PRESSED);
    setBusy(false);
    setRefused(answer.ok ? undefined : failureText(answer.error));
  };
  return (
    <>
      <div role="status">
        <h2>{isAvailable ? words.waiting : isOnline ? words.paused : words.offline}</h2>
        <p className="muted">
          {isAvailable ? words.waitingHint : isOnline ? words.pausedHint : words.offlineHint}
        </p>
        {lostOffer && <p className="notice">{words.lost(whyLost(lostOffer))}</p>}
      </div>
      <fieldset className="sources">
        <legend>{words.gps}</legend>
        {Object.values(GpsSource).map((each) => (
          <label key={each} className="choice">
            <input
              type="radio"
              name="gps"
              checked={each === source}
              onChange={() => onSource(each)}
            />
            {words.gpsSource[each]}
          </label>
        ))}
      </fieldset>
      {refused && (
        <p className="notice" role="alert">
          {refused}
        </p>
      )}
      <div className="row wide">
        {isOnline && (
          <button
            type="button"
            className="large"
            disabled={isBusy}
            onClick={() => void say({ isOnline: false })}
          >
            {words.goOffline}
          </button>
        )}
        <button
          type="button"
          className={isAvailable ? 'large' : 'primary large'}
          disabled={isBusy || availability === null}
          onClick={() => void say({ isAvailableForTrips: !isAvailable })}
        >
          {isAvailable ? words.pause : isOnline ? words.resume : words.goOnline}
        </button>
      </div>
    </>
  );
}
