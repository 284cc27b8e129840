import { Fragment, useEffect, useRef, useState } from 'react';
import { usePhoneWords } from '../phone/words/use-phone-words.js';
import { useFailureText } from '../words/failure-text.js';
import { distanceText, minutes, money } from '../words/language.js';
import { type Offer, type OfferState } from './use-offer.js';

interface OfferSheetProps {
  offer: Offer;
  answer: OfferState['answer'];
}

/** An offer with the time that is left to answer it. */
export function OfferSheet({ offer, answer }: OfferSheetProps) {
  const words = usePhoneWords();
  const { offer: said, places } = words;
  const failureText = useFailureText();
  const [isBusy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const leftMs = useTimeLeft(offer.endsAt);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const say = async (accepts: boolean): Promise<void> => {
    setBusy(true);
    const result = await answer(accepts);
    setBusy(false);
    setRefused(result.ok ? undefined : failureText(result.error));
  };
  const { pickup, stops, distanceMeters, etaMinutes, fareEstimatedTotal, currency } = offer;
  const seconds = Math.ceil(leftMs / 1_000);
  const shareLeft = Math.min(1, leftMs / (offer.ttlSec * 1_000));
  return (
    <section className="offer" aria-label={said.title}>
      <div className="offer-head">
        <h2 ref={heading} tabIndex={-1}>
          {said.title}
        </h2>
        <strong className="total">{money(fareEstimatedTotal, currency)}</strong>
      </div>
      <div className="countdown" role="timer" aria-label={said.timeLeft(seconds)}>
        <div style={{ transform: `scaleX(${shareLeft})` }} />
        <span aria-hidden="true">{seconds} s</span>
      </div>
      <dl className="facts">
        <dt>{said.pickup}</dt>
        <dd>
          {pickup.address ?? places.onTheMap}
          <br />
          <span className="muted">
            {distanceText(distanceMeters)} · {minutes(etaMinutes)}
          </span>
        </dd>
        {stops.map(({ address }, i) => (
          <Fragment key={i}>
            <dt>{i === stops.length - 1 ? said.dropoff : `${places.stop.label} ${i + 1}`}</dt>
            <dd>{address ?? places.onTheMap}</dd>
          </Fragment>
        ))}
        <dt>{words.receipt.payment}</dt>
        <dd>{words.payment[offer.paymentMode]}</dd>
      </dl>
      {refused && (
        <p className="notice" role="alert">
          {refused}
        </p>
      )}
      <div className="row wide">
        <button type="button" className="large" disabled={isBusy} onClick={() => void say(false)}>
          {said.decline}
        </button>
        <button
          type="button"
          className="primary large"
          disabled={isBusy}
          onClick={() => void say(true)}
        >
          {said.accept}
        </button>
      </div>
    </section>
  );
}

const TICK_MS = 200;

/** Milliseconds until then, 0 at least. @param endsAt epoch ms */
function useTimeLeft(endsAt: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, endsAt - now);
}
