import { useEffect, useRef, useState } from 'react';
import { TripStatus } from '#libs/contracts/browser';
import { useAnswer } from '../session/use-answer.js';
import { type Dispatch } from '../shell/dispatch.js';
import { Link, setFilters, useAddress } from '../shell/router.js';
import { ageInWords, money, timeOf, useWords } from '../words/words.js';
import { placeText, type AdminTrip } from './admin-trip.js';
import { saveCsv } from './trips-csv.js';

const PAGE = 50;
/** The server gives no more at once. */
const MOST = 100;
/** Many things happen in a second: the list is read once for all of them. */
const REREAD_AFTER_MS = 700;
const SEARCH_AFTER_MS = 300;

/** The trips by their state; the filters are those of the API and stand in the address. */
export function TripsView({ dispatch }: { dispatch: Dispatch }) {
  const words = useWords();
  const { searchParams } = useAddress();
  const filters = Object.fromEntries(
    ['status', 'q', 'onlyActive', 'onlyStuck'].map((name) => [name, searchParams.get(name) ?? '']),
  );
  const [limit, setLimit] = useState(PAGE);
  const { answer, failure, isLoading, again } = useAnswer<AdminTrip[]>('admin/trips', {
    ...filters,
    limit: String(limit),
  });
  useRereadOnNews(dispatch, again);
  const trips = answer?.data ?? [];
  const stuckFirst = trips.toSorted((a, b) => Number(b.isStuck) - Number(a.isStuck));

  return (
    <section className="trips">
      <header className="trips-head">
        <h1>{words.trips.title}</h1>
        <Filters filters={filters} />
        <button
          type="button"
          onClick={() => saveCsv(stuckFirst, words)}
          disabled={trips.length === 0}
        >
          {words.trips.csv}
        </button>
      </header>
      {failure && (
        <p className="notice" role="alert">
          {words.trips.failed}. {failure.message}{' '}
          <button type="button" onClick={again}>
            {words.error.retry}
          </button>
        </p>
      )}
      {!answer && isLoading && <p className="muted">{words.trips.loading}</p>}
      {answer && trips.length === 0 && <p className="muted">{words.trips.none}</p>}
      {trips.length > 0 && (
        <div className="trips-scroll" tabIndex={0} role="region" aria-label={words.trips.title}>
          <table>
            <thead>
              <tr>
                <th scope="col">{words.trips.status}</th>
                <th scope="col">{words.trips.since}</th>
                <th scope="col">{words.trips.passenger}</th>
                <th scope="col">{words.trips.driver}</th>
                <th scope="col">{words.trips.from}</th>
                <th scope="col">{words.trips.fare}</th>
                <th scope="col">{words.trips.requested}</th>
              </tr>
            </thead>
            <tbody data-list>
              {stuckFirst.map((trip) => (
                <tr key={trip.id} data-trip={trip.id}>
                  <td>
                    <Link
                      to={`/trips/${trip.id}`}
                      className={`status status-${trip.status}`}
                      isItem
                    >
                      {words.tripStatus[trip.status]}
                    </Link>
                    {trip.isStuck && <span className="stuck">{words.trips.stuck}</span>}
                  </td>
                  <td>{ageInWords(trip.statusAgeMs, words)}</td>
                  <td>{trip.passenger?.name ?? trip.passengerId}</td>
                  <td>
                    {trip.driverId && (
                      <Link to={`/drivers/${trip.driverId}`}>
                        {trip.driver?.name ?? trip.driverId.slice(0, 8)}
                      </Link>
                    )}
                  </td>
                  <td>{trip.pickup.address ?? placeText(trip.pickup)}</td>
                  <td className="number">
                    {money(trip.fareTotal ?? trip.fareEstimatedTotal, trip.currency)}
                  </td>
                  <td>{timeOf(trip.requestedAt)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {answer?.meta.hasNext && limit >= MOST && <p className="muted">{words.trips.first}</p>}
      {answer?.meta.hasNext && limit < MOST && (
        <button type="button" onClick={() => setLimit(limit + PAGE)}>
          {words.trips.more}
        </button>
      )}
    </section>
  );
}

function Filters({ filters }: { filters: Record<string, string> }) {
  const words = useWords();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const search = (text: string): void => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setFilters({ q: text.trim() }), SEARCH_AFTER_MS);
  };
  const shown = filters['onlyStuck'] ? 'onlyStuck' : filters['onlyActive'] ? 'onlyActive' : '';
  return (
    <div className="trips-filters" role="search">
      <div className="choices" role="group">
        {[
          ['', words.trips.all],
          ['onlyActive', words.trips.active],
          ['onlyStuck', words.trips.stuck],
        ].map(([name, label]) => (
          <button
            key={name}
            type="button"
            aria-pressed={shown === name}
            onClick={() =>
              setFilters({ onlyActive: '', onlyStuck: '', ...(name ? { [name]: 'true' } : {}) })
            }
          >
            {label}
          </button>
        ))}
      </div>
      <select
        aria-label={words.trips.status}
        value={filters['status']}
        onChange={(event) => setFilters({ status: event.target.value })}
      >
        <option value="">{words.trips.all}</option>
        {Object.values(TripStatus).map((status) => (
          <option key={status} value={status}>
            {words.tripStatus[status]}
          </option>
        ))}
      </select>
      <input
        type="search"
        aria-label={words.trips.filter}
        placeholder={words.trips.filter}
        defaultValue={filters['q']}
        data-search
        onChange={(event) => search(event.target.value)}
      />
    </div>
  );
}

/** Whatever happens to a trip may change the list. */
function useRereadOnNews(dispatch: Dispatch, again: () => void): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        again();
      }, REREAD_AFTER_MS);
    };
    const end = dispatch.onTripNews(soon);
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [dispatch, again]);
}
