import { Fragment } from 'react';
import { type TripView } from '#libs/contracts/browser';
import { dayAndTime } from '../phone/phone-text.js';
import { usePhoneWords } from '../phone/words/use-phone-words.js';
import { distanceText, minutes, money } from '../words/language.js';

/** What a ride cost, and what for. */
export function Receipt({ trip }: { trip: TripView }) {
  const words = usePhoneWords();
  const { receipt, places } = words;
  const { pickup, stops, fareTotal, currency, distanceMeters, durationSec, completedAt } = trip;
  return (
    <dl className="facts receipt" aria-label={receipt.title}>
      <dt>{receipt.total}</dt>
      <dd className="total">{fareTotal === null ? '–' : money(fareTotal, currency)}</dd>
      {trip.waitingSurcharge > 0 && (
        <>
          <dt>{receipt.waiting}</dt>
          <dd>{money(trip.waitingSurcharge, currency)}</dd>
        </>
      )}
      <dt>{receipt.payment}</dt>
      <dd>{words.payment[trip.paymentMode]}</dd>
      <dt>{receipt.way}</dt>
      <dd>
        {distanceMeters !== null && distanceText(distanceMeters)}
        {durationSec !== null && ` · ${minutes(durationSec / 60)}`}
      </dd>
      <dt>{receipt.from}</dt>
      <dd>{pickup.address ?? places.onTheMap}</dd>
      {stops.map(({ address }, i) => (
        <Fragment key={i}>
          <dt>{i === stops.length - 1 ? receipt.to : `${places.stop.label} ${i + 1}`}</dt>
          <dd>{address ?? places.onTheMap}</dd>
        </Fragment>
      ))}
      {completedAt && (
        <>
          <dt>{receipt.ended}</dt>
          <dd>{dayAndTime(completedAt)}</dd>
        </>
      )}
    </dl>
  );
}
