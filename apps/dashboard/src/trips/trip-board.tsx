import { type TripStatus } from '#libs/contracts/browser';
import { useAnswer } from '../session/use-answer.js';
import { type Dispatch } from '../shell/dispatch.js';
import { NotRead } from '../shell/read.js';
import { Link } from '../shell/router.js';
import { useViewWords } from '../words/view-words.js';
import { Ago } from '../words/ago.js';
import { useWords } from '../words/words.js';
import { placeText, shownTrip, type AdminTrip } from './admin-trip.js';
import { type TripFilters } from './trip-filters.js';
import { tripsWords } from './trips-words.js';
import { useRereadOnNews } from './use-reread.js';

/** In the order in which a trip goes through them. */
const COLUMNS: readonly TripStatus[] = [
  'pending',
  'assigning',
  'accepted',
  'arriving',
  'in_progress',
  'no_drivers_found',
];
const MOST_CARDS = '50';
/** Every column is a search. */
const REREAD_AFTER_MS = 4_000;

interface TripBoardProps {
  filters: TripFilters;
  kept: string;
  dispatch: Dispatch;
}

/** Trips that are under way or need somebody, a column a state; the stuck ones on top. */
export function TripBoard({ filters, kept, dispatch }: TripBoardProps) {
  const words = useWords();
  return (
    <div className="board" tabIndex={0} role="region" aria-label={words.trips.title}>
      {COLUMNS.map((status) => (
        <Column key={status} status={status} filters={filters} kept={kept} dispatch={dispatch} />
      ))}
    </div>
  );
}

function Column({ status, filters, kept, dispatch }: TripBoardProps & { status: TripStatus }) {
  const words = useWords();
  const more = useViewWords(tripsWords);
  const { answer, failure, again } = useAnswer<AdminTrip[]>('admin/trips', {
    ...filters,
    status,
    limit: MOST_CARDS,
  });
  useRereadOnNews(dispatch, again, REREAD_AFTER_MS);
  const trips = answer
    ? answer.data
        .map((trip) => shownTrip(trip, answer))
        .toSorted((a, b) => Number(b.isStuck) - Number(a.isStuck) || a.heldSince - b.heldSince)
    : [];
  const total = answer?.meta.total ?? 0;
  // Nobody waits there for longer than a moment.
  if (status === 'pending' && total === 0 && !failure) return null;
  return (
    <section className="board-column" aria-label={words.tripStatus[status]}>
      <h2>
        <span className={`status status-${status}`}>{words.tripStatus[status]}</span>{' '}
        <span className="muted">{total}</span>
      </h2>
      {failure && <NotRead what={words.trips.failed} failure={failure} again={again} />}
      {!answer && !failure && <p className="muted">{more.loadingRow}</p>}
      {answer && trips.length === 0 && <p className="muted">{more.empty}</p>}
      <ul data-list>
        {trips.map((trip) => (
          <li key={trip.id} data-trip={trip.id}>
            <Link
              to={`/trips/${trip.id}${kept}`}
              className={trip.isStuck ? 'board-card is-stuck' : 'board-card'}
              isItem
            >
              <strong>{trip.passenger?.name ?? trip.passengerId.slice(0, 8)}</strong>
              <span className={trip.isStuck ? 'stuck' : 'muted'}>
                {trip.isStuck && `${words.trips.stuck}, `}
                <Ago at={trip.heldSince} />
              </span>
              <span>{trip.pickup.address ?? placeText(trip.pickup)}</span>
              {trip.driver && <span className="muted">{trip.driver.name}</span>}
            </Link>
          </li>
        ))}
      </ul>
      {total > trips.length && (
        <Link to={`/trips?${new URLSearchParams({ ...filters, status })}`}>
          {more.showAll} ({total})
        </Link>
      )}
    </section>
  );
}
