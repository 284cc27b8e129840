import { useEffect, type ReactNode } from 'react';
import { useAnswer } from '../session/use-answer.js';
import { type Dispatch } from '../shell/dispatch.js';
import { NotRead, Read } from '../shell/read.js';
import { Link, useAddress } from '../shell/router.js';
import { Ago } from '../words/ago.js';
import { reasonText } from '../words/trip-facts.js';
import { useViewWords } from '../words/view-words.js';
import { distanceText, minutes, money, numberOf, timeOf, useWords } from '../words/words.js';
import { placeText, shownTrip, type AdminTrip } from './admin-trip.js';
import { keptOf } from './trip-filters.js';
import { TripActions } from './trip-actions.js';
import { TripRoute } from './trip-route.js';
import { Decisions, Offers, type DispatchDecision, type Offer } from './trip-search-record.js';
import { tripsWords, type TripsWords } from './trips-words.js';

interface TripDetails extends AdminTrip {
  offers: readonly Offer[];
  estimatedDistanceMeters: number;
  estimatedDurationMs: number;
  surgeBasisPoints: number;
  cancellationNote: string | null;
}

interface AuditEntry {
  version: number;
  type: keyof TripsWords['history'];
  at: string;
  actor: { kind: keyof TripsWords['by']; id?: string };
  data: Record<string, unknown>;
}

/** Of a multiplier; 10000 is 1.0x. */
const BASIS_POINTS = 10_000;

interface TripDetailProps {
  tripId: string;
  dispatch: Dispatch;
}

/** One trip: what it is, what happened to it and why, and what a dispatcher can do about it. */
export function TripDetail({ tripId, dispatch }: TripDetailProps) {
  const words = useWords();
  const more = useViewWords(tripsWords);
  const { searchParams } = useAddress();
  const trip = useAnswer<TripDetails>(`admin/trips/${tripId}`);
  const events = useAnswer<AuditEntry[]>(`admin/trips/${tripId}/events`);
  const decisions = useAnswer<DispatchDecision[]>(`admin/trips/${tripId}/decisions`);
  const reread = (): void => {
    trip.again();
    events.again();
    decisions.again();
  };
  useEffect(
    () =>
      dispatch.onTripNews((changedId) => {
        if (changedId !== undefined && changedId !== tripId) return;
        trip.again();
        events.again();
        decisions.again();
      }),
    [dispatch, tripId, trip.again, events.again, decisions.again],
  );

  const shown = trip.answer && shownTrip(trip.answer.data, trip.answer);
  return (
    <article className="trip">
      <Link to={`/trips${keptOf(searchParams)}`}>← {words.trips.back}</Link>
      {trip.failure && <NotRead what={more.tripFailed} failure={trip.failure} again={reread} />}
      {!shown && trip.isLoading && <p className="muted">{words.loading}</p>}
      {shown && (
        <>
          <header className="trip-head">
            <h1>
              <span className={`status status-${shown.status}`}>
                {words.tripStatus[shown.status]}
              </span>{' '}
              <Ago at={shown.heldSince} />
              {shown.isStuck && <span className="stuck">{words.trips.stuck}</span>}
            </h1>
            <div className="row no-print">
              {shown.driverId ? (
                <Link to={`/chat/${encodeURIComponent(`trip:${tripId}`)}`} className="button">
                  {more.chat}
                </Link>
              ) : (
                <Link to={`/chat?with=${shown.passengerId}`} className="button">
                  {more.chatDirect}
                </Link>
              )}
              <button type="button" onClick={() => print()}>
                {words.trips.print}
              </button>
            </div>
          </header>
          <TripActions trip={shown} onDone={reread} />
          <div className="trip-main">
            <Facts trip={shown} />
            <TripRoute trip={shown} dispatch={dispatch} />
          </div>
          <h2>{words.trips.timeline}</h2>
          <Read asked={events} what={more.timelineFailed}>
            {(entries) => <Timeline entries={entries} />}
          </Read>
          <h2>{more.offers}</h2>
          <Offers offers={shown.offers} />
          <h2>{words.trips.decisions}</h2>
          <Read asked={decisions} what={more.decisionsFailed}>
            {(rounds) => <Decisions decisions={rounds} />}
          </Read>
        </>
      )}
    </article>
  );
}

function Facts({ trip }: { trip: TripDetails }) {
  const words = useWords();
  const more = useViewWords(tripsWords);
  const facts: [string, ReactNode][] = [
    [
      words.trips.passenger,
      <Link key="passenger" to={`/users/${trip.passengerId}`}>
        {trip.passenger?.name ?? trip.passengerId}
      </Link>,
    ],
    [
      words.trips.driver,
      trip.driverId ? (
        <Link key="driver" to={`/drivers/${trip.driverId}`}>
          {trip.driver?.name ?? trip.driverId}
        </Link>
      ) : (
        '–'
      ),
    ],
    [words.trips.from, trip.pickup.address ?? placeText(trip.pickup)],
    ...trip.stops.map((stop, i): [string, ReactNode] => [
      i === trip.stops.length - 1 ? words.trips.to : `${more.stopNumber} ${i + 1}`,
      <>
        {stop.address ?? placeText(stop)}
        {stop.notes && <span className="muted"> {stop.notes}</span>}
      </>,
    ]),
    [
      more.estimate,
      `${money(trip.fareEstimatedTotal, trip.fareFinalCurrency)}, ${distanceText(trip.estimatedDistanceMeters)}, ${minutes(trip.estimatedDurationMs / 60_000)}${
        trip.surgeBasisPoints > BASIS_POINTS
          ? `, ${more.surge} ${numberOf(trip.surgeBasisPoints / BASIS_POINTS, 2)}×`
          : ''
      }`,
    ],
  ];
  if (trip.fareTotal !== null) facts.push([words.trips.fare, money(trip.fareTotal, trip.currency)]);
  if (trip.waitingSurcharge > 0)
    facts.push([more.waiting, money(trip.waitingSurcharge, trip.currency)]);
  facts.push([more.payment, more[trip.paymentMode]]);
  facts.push([words.trips.requested, timeOf(trip.requestedAt)]);
  facts.push([more.number, trip.id]);
  if (trip.driverLostAt) facts.push([more.driverLost, timeOf(trip.driverLostAt)]);
  if (trip.cancellation)
    facts.push([
      more.cancelledBy,
      `${more.by[trip.cancellation.by]}: ${reasonText(trip.cancellation.reason, more)}`,
    ]);
  if (trip.cancellationNote) facts.push([more.note, trip.cancellationNote]);
  return (
    <dl className="facts trip-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Timeline({ entries }: { entries: readonly AuditEntry[] }) {
  const more = useViewWords(tripsWords);
  return (
    <ol className="timeline">
      {entries.map(({ version, type, at, actor, data }) => (
        <li key={version}>
          <time dateTime={at}>{timeOf(at)}</time>
          <strong>{more.history[type] ?? type.replaceAll('_', ' ')}</strong>
          <span className="muted">
            {more.by[actor.kind] ?? actor.kind}
            {typeof data['reason'] === 'string' && `: ${reasonText(data['reason'], more)}`}
            {typeof data['message'] === 'string' && `: ${data['message']}`}
          </span>
        </li>
      ))}
    </ol>
  );
}
