import { Link } from '../shell/router.js';
import { useNames } from '../users/use-names.js';
import { useViewWords } from '../words/view-words.js';
import { distanceText, minutes } from '../words/language.js';
import { reasonText } from '../words/trip-facts.js';
import { timeOf, useWords } from '../words/words.js';
import { tripsWords, type TripsWords } from './trips-words.js';

export interface Offer {
  assignmentId: string;
  driverId: string;
  status: keyof TripsWords['offerStatus'];
  reason: string | null;
  offeredAt: string;
  deliveredAt: string | null;
  endedAt: string | null;
  distanceMeters: number;
  etaMs: number;
}

export interface DispatchDecision {
  round: number;
  at: string;
  radiusMeters: number;
  found: number;
  considered: {
    driverId: string;
    distanceMeters: number;
    ageMs: number;
    outcome: keyof TripsWords['outcomes'];
    offer: { status: keyof TripsWords['offerStatus']; reason: string | null } | null;
  }[];
}

/** Every offer of a trip and what became of it. */
export function Offers({ offers }: { offers: readonly Offer[] }) {
  const words = useWords();
  const more = useViewWords(tripsWords);
  const names = useNames(offers.map(({ driverId }) => driverId));
  if (offers.length === 0) return <p className="muted">{more.noOffers}</p>;
  return (
    <div className="trips-scroll trip-table" tabIndex={0} role="region" aria-label={more.offers}>
      <table>
        <thead>
          <tr>
            <th scope="col">{words.trips.driver}</th>
            <th scope="col">{more.outcome}</th>
            <th scope="col">{more.distance}</th>
            <th scope="col">{more.eta}</th>
            <th scope="col">{more.offeredAt}</th>
            <th scope="col">{more.endedAt}</th>
          </tr>
        </thead>
        <tbody>
          {offers.map((offer) => (
            <tr key={offer.assignmentId}>
              <td>
                <DriverLink driverId={offer.driverId} names={names} />
              </td>
              <td>
                {more.offerStatus[offer.status]}
                {offer.reason && ` (${reasonText(offer.reason, more)})`}
              </td>
              <td>{distanceText(offer.distanceMeters)}</td>
              <td>{minutes(offer.etaMs / 60_000)}</td>
              <td>{timeOf(offer.offeredAt)}</td>
              <td>{offer.endedAt ? timeOf(offer.endedAt) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Each round of the search: who was near, and why each was asked or not. */
export function Decisions({ decisions }: { decisions: readonly DispatchDecision[] }) {
  const words = useWords();
  const more = useViewWords(tripsWords);
  const names = useNames(
    decisions.flatMap(({ considered }) => considered.map(({ driverId }) => driverId)),
  );
  if (decisions.length === 0) return <p className="muted">{more.noRounds}</p>;
  return (
    <ol className="timeline">
      {decisions.map(({ round, at, radiusMeters, found, considered }) => (
        <li key={`${round} ${at}`}>
          <time dateTime={at}>{timeOf(at)}</time>
          <strong>
            {words.trips.round} {round}
          </strong>
          <span className="muted">
            {found} {words.trips.found} {distanceText(radiusMeters)}
          </span>
          <ul className="considered">
            {considered.map(({ driverId, distanceMeters, ageMs, outcome, offer }) => (
              <li key={driverId}>
                <DriverLink driverId={driverId} names={names} />{' '}
                <span className="muted">
                  {distanceText(distanceMeters)}, {more.age.toLowerCase()}{' '}
                  {Math.round(ageMs / 1_000)} s
                </span>{' '}
                {more.outcomes[outcome] ?? outcome}
                {offer && `: ${more.offerStatus[offer.status]}`}
                {offer?.reason && ` (${reasonText(offer.reason, more)})`}
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

interface DriverLinkProps {
  driverId: string;
  names: ReadonlyMap<string, string>;
}

function DriverLink({ driverId, names }: DriverLinkProps) {
  return <Link to={`/drivers/${driverId}`}>{names.get(driverId) ?? driverId.slice(0, 8)}</Link>;
}
