import { useEffect } from 'react';
import { type TripStatus } from '#libs/contracts/browser';
import { ask } from '../session/rest.js';
import { useAnswer } from '../session/use-answer.js';
import { ConfirmedAction } from '../shell/confirmed-action.js';
import { type Dispatch } from '../shell/dispatch.js';
import { Link } from '../shell/router.js';
import { ageInWords, money, timeOf, useWords } from '../words/words.js';
import { placeText, type AdminTrip } from './admin-trip.js';

interface AuditEntry {
  version: number;
  type: string;
  at: string;
  actor: { kind: string; id?: string };
  data: Record<string, unknown>;
}

interface DispatchDecision {
  round: number;
  at: string;
  radiusMeters: number;
  found: number;
  considered: { driverId: string; distanceMeters: number; outcome: string }[];
}

const OVER: readonly TripStatus[] = ['completed', 'cancelled', 'no_drivers_found'];

interface TripDetailProps {
  tripId: string;
  dispatch: Dispatch;
}

/** One trip: what it is, what happened to it and why, and what a dispatcher can do about it. */
export function TripDetail({ tripId, dispatch }: TripDetailProps) {
  const words = useWords();
  const trip = useAnswer<AdminTrip>(`admin/trips/${tripId}`);
  const events = useAnswer<AuditEntry[]>(`admin/trips/${tripId}/events`);
  const decisions = useAnswer<DispatchDecision[]>(`admin/trips/${tripId}/decisions`);
  useEffect(() => {
    const reread = (): void => {
      trip.again();
      events.again();
      decisions.again();
    };
    return dispatch.onTripNews((changedId) => {
      if (changedId === undefined || changedId === tripId) reread();
    });
  }, [dispatch, tripId, trip.again, events.again, decisions.again]);

  const act = async (action: string, body: object): Promise<void> => {
    await ask('POST', `admin/trips/${tripId}/actions/${action}`, { body });
    trip.again();
    events.again();
  };

  const shown = trip.answer?.data;
  return (
    <article className="trip">
      <Link to="/trips">← {words.trips.back}</Link>
      {trip.failure && (
        <p className="notice" role="alert">
          {trip.failure.message}
        </p>
      )}
      {shown && (
        <>
          <header className="trip-head">
            <h1>
              <span className={`status status-${shown.status}`}>
                {words.tripStatus[shown.status]}
              </span>{' '}
              {ageInWords(shown.statusAgeMs, words)}
            </h1>
            <button type="button" className="no-print" onClick={() => print()}>
              {words.trips.print}
            </button>
          </header>
          <dl className="facts trip-facts">
            <dt>{words.trips.passenger}</dt>
            <dd>{shown.passenger?.name ?? shown.passengerId}</dd>
            <dt>{words.trips.driver}</dt>
            <dd>
              {shown.driverId ? (
                <Link to={`/drivers/${shown.driverId}`}>
                  {shown.driver?.name ?? shown.driverId}
                </Link>
              ) : (
                '–'
              )}
            </dd>
            <dt>{words.trips.from}</dt>
            <dd>{shown.pickup.address ?? placeText(shown.pickup)}</dd>
            <dt>{words.trips.to}</dt>
            <dd>{shown.stops.map((stop) => stop.address ?? placeText(stop)).join(' → ')}</dd>
            <dt>{words.trips.fare}</dt>
            <dd>{money(shown.fareTotal ?? shown.fareEstimatedTotal, shown.currency)}</dd>
            <dt>{words.trips.requested}</dt>
            <dd>{timeOf(shown.requestedAt)}</dd>
          </dl>
          <div className="row no-print" role="group" aria-label={words.trips.actions}>
            <ConfirmedAction
              label={words.trips.message}
              textLabel={words.trips.messageText}
              run={(message) => act('send-message', { target: 'both', message })}
            />
            {!OVER.includes(shown.status) && (
              <ConfirmedAction
                label={words.trips.cancel}
                isDangerous
                run={(reason) => act('cancel', { reason })}
              />
            )}
            {(shown.status === 'assigning' || shown.status === 'no_drivers_found') && (
              <ConfirmedAction
                label={words.trips.retry}
                run={(reason) => act('retry-matching', { reason })}
              />
            )}
            {(shown.status === 'assigning' || shown.status === 'pending') && (
              <ConfirmedAction
                label={words.trips.noDrivers}
                isDangerous
                run={(reason) => act('mark-no-drivers', { reason })}
              />
            )}
          </div>
        </>
      )}
      <h2>{words.trips.timeline}</h2>
      <ol className="timeline">
        {events.answer?.data.map(({ version, type, at, actor, data }) => (
          <li key={version}>
            <time dateTime={at}>{timeOf(at)}</time>
            <strong>{type.replaceAll('_', ' ')}</strong>
            <span className="muted">
              {actor.kind}
              {typeof data['reason'] === 'string' && `: ${data['reason']}`}
            </span>
          </li>
        ))}
      </ol>
      <h2>{words.trips.decisions}</h2>
      <ol className="timeline">
        {decisions.answer?.data.map(({ round, at, radiusMeters, found, considered }) => (
          <li key={`${round} ${at}`}>
            <strong>
              {words.trips.round} {round}
            </strong>
            <span className="muted">
              {found} {words.trips.found} {radiusMeters} m
            </span>
            <ul className="considered">
              {considered.map(({ driverId, distanceMeters, outcome }) => (
                <li key={driverId}>
                  <Link to={`/drivers/${driverId}`}>{driverId.slice(0, 8)}</Link> {distanceMeters}{' '}
                  m, {outcome.replaceAll('_', ' ')}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </article>
  );
}
