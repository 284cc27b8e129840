import { useState } from 'react';
import { type RideLink, type Result } from '#libs/client';
import { type TripView } from '#libs/contracts/browser';
import { Confirmed } from '../phone/confirmed.js';
import { TripChat } from '../phone/trip-chat.js';
import { TripProgress } from '../phone/trip-progress.js';
import { usePhoneWords } from '../phone/words/use-phone-words.js';
import { useFailureText } from '../words/failure-text.js';
import { clockTime, distanceText, minutes, money } from '../words/language.js';
import { PRESSED } from '../session/open-client.js';

interface DriveTripProps {
  drives: RideLink<'/drivers'>;
  trip: TripView;
  /** The stop that is driven to, the last one being the dropoff; from 0. */
  nextStop: number;
  onNextStop: () => void;
  /** The driver has seen how it ended. */
  onDone: () => void;
}

type Step = 'trip:arrive' | 'trip:start' | 'trip:complete';

/** The trip that the driver drives: to the pickup, to the dropoff, and what it brought. */
export function DriveTrip({ drives, trip, nextStop, onNextStop, onDone }: DriveTripProps) {
  const words = usePhoneWords();
  const failureText = useFailureText();
  const { driving, places } = words;
  const [isBusy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const { tripId, status, arrivedAt, pickup, stops } = trip;
  const passenger = trip.passenger?.name ?? driving.passenger;
  const isOver = status === 'completed' || status === 'cancelled' || trip.driverId === null;
  const isRiding = status === 'in_progress';
  const next: Step = isRiding ? 'trip:complete' : arrivedAt ? 'trip:start' : 'trip:arrive';

  const run = async (act: () => Promise<Result<unknown>>): Promise<void> => {
    setBusy(true);
    const answer = await act();
    setBusy(false);
    setRefused(answer.ok ? undefined : failureText(answer.error));
  };

  if (isOver)
    return (
      <>
        <div role="status">
          <h2>{status === 'completed' ? driving.completed : driving.over}</h2>
          {trip.cancellation && (
            <p>
              {words.cancelledBy[trip.cancellation.by]} {trip.cancellation.reason}
            </p>
          )}
        </div>
        {status === 'completed' && (
          <dl className="facts receipt" aria-label={words.receipt.title}>
            <dt>{words.receipt.total}</dt>
            <dd className="total">
              {trip.fareTotal === null ? '–' : money(trip.fareTotal, trip.currency)}
            </dd>
            <dt>{words.receipt.payment}</dt>
            <dd>{words.payment[trip.paymentMode]}</dd>
            <dt>{words.receipt.way}</dt>
            <dd>
              {distanceText(trip.distanceMeters ?? 0)} · {minutes((trip.durationSec ?? 0) / 60)}
            </dd>
          </dl>
        )}
        <button type="button" className="primary large" onClick={onDone}>
          {driving.done}
        </button>
      </>
    );

  const place = isRiding ? stops[nextStop]! : pickup;
  const isLast = nextStop === stops.length - 1;
  const toPlace = isLast
    ? driving.toDropoff
    : `${driving.toStop} ${nextStop + 1} / ${stops.length - 1}`;
  return (
    <>
      <TripProgress trip={trip} />
      <div role="status">
        <h2>{isRiding ? toPlace : arrivedAt ? driving.atPickup : driving.toPickup}</h2>
        <p>{place.address ?? places.onTheMap}</p>
        {arrivedAt && !isRiding && (
          <p className="muted">{driving.waitingSince(clockTime(Date.parse(arrivedAt)))}</p>
        )}
      </div>
      <div className="person">
        <strong>{passenger}</strong>
        <span className="muted">{words.payment[trip.paymentMode]}</span>
      </div>
      {refused && (
        <p className="notice" role="alert">
          {refused}
        </p>
      )}
      {isRiding && !isLast && (
        <button type="button" className="primary large" onClick={onNextStop}>
          {driving.nextStop}
        </button>
      )}
      <button
        type="button"
        className={isRiding && !isLast ? 'large' : 'primary large'}
        disabled={isBusy}
        onClick={() => void run(() => drives.request(next, { tripId }, PRESSED))}
      >
        {driving.steps[next]}
      </button>
      <div className="row">
        <TripChat tripId={tripId} name={passenger} quickReplies={words.quick.driver} />
        <Confirmed
          label={driving.cancel}
          reasons={words.cancel.driver}
          run={(reason) => drives.request('trip:cancel', { tripId, reason }, PRESSED)}
        >
          {driving.cancelSure}
        </Confirmed>
      </div>
    </>
  );
}
