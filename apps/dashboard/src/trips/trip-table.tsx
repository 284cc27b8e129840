import { useVirtualizer } from '@tanstack/react-virtual';
import {
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type KeyboardEvent,
} from 'react';
import { useAnswer, type Asked } from '../session/use-answer.js';
import { type Dispatch } from '../shell/dispatch.js';
import { NotRead } from '../shell/read.js';
import { Link } from '../shell/router.js';
import { Ago } from '../words/ago.js';
import { useViewWords } from '../words/view-words.js';
import { money, numberOf, timeOf, useWords } from '../words/words.js';
import { placeText, shownTrip, type AdminTrip, type ShownTrip } from './admin-trip.js';
import { readPage } from './read-trips.js';
import { type TripFilters } from './trip-filters.js';
import { TripPages } from './trip-pages.js';
import { tripsWords } from './trips-words.js';
import { useRereadOnNews } from './use-reread.js';

const ROW_PIXELS = 41;
const OVERSCAN = 12;
/** So many stuck trips stand on top at most. */
const MOST_STUCK = '100';
const NOTHING: readonly ShownTrip[] = [];

interface TripTableProps {
  filters: TripFilters;
  /** The filters, to come back with. */
  kept: string;
  dispatch: Dispatch;
}

/** All trips that fit, ten thousand of them too; the stuck ones on top. */
export function TripTable(props: TripTableProps) {
  const words = useWords();
  const pages = useTripPages(props.filters, props.dispatch);
  if (!pages) return <p className="muted">{words.trips.loading}</p>;
  return <Rows {...props} pages={pages} />;
}

function Rows({ filters, kept, dispatch, pages }: TripTableProps & { pages: TripPages }) {
  const words = useWords();
  const more = useViewWords(tripsWords);
  const { total, isComplete, failure, rowAt } = useSyncExternalStore(pages.subscribe, pages.look);
  const { stuck, asked: stuckAsked } = useStuck(filters, dispatch);
  const stuckIds = useMemo(() => new Set(stuck.map(({ id }) => id)), [stuck]);
  const scroller = useRef<HTMLDivElement>(null);
  const count = stuck.length + (total ?? 0);
  const tripAt = (row: number): ShownTrip | undefined =>
    row < stuck.length ? stuck[row] : rowAt(row - stuck.length);
  /** A stuck trip stands on top and not a second time in its place. */
  const isAbove = (row: number): boolean =>
    row >= stuck.length && stuckIds.has(tripAt(row)?.id ?? '');

  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: (row) => (isAbove(row) ? 0 : ROW_PIXELS),
    overscan: OVERSCAN,
  });
  const rows = virtual.getVirtualItems();
  const [first, last] = [rows[0]?.index ?? 0, rows.at(-1)?.index ?? 0];
  useEffect(
    () => pages.want(Math.max(0, first - stuck.length), Math.max(0, last - stuck.length)),
    [pages, first, last, stuck.length],
  );
  // Rows that hide or show themselves change all that is below them.
  const hidden = rows
    .filter(({ index }) => isAbove(index))
    .map(({ index }) => index)
    .join();
  useEffect(() => virtual.measure(), [virtual, hidden]);

  /** A row that gets the focus once it is there: it may have to be read first. */
  const wantedRow = useRef<number>(undefined);
  useEffect(() => {
    const wanted = `[data-row="${wantedRow.current}"] [data-item]`;
    const link = scroller.current?.querySelector<HTMLElement>(wanted);
    if (!link) return;
    wantedRow.current = undefined;
    link.focus();
  });
  const goToEnd = (event: KeyboardEvent): void => {
    if (event.key !== 'Home' && event.key !== 'End') return;
    const row = event.key === 'Home' ? 0 : count - 1;
    wantedRow.current = row;
    virtual.scrollToIndex(row);
    event.preventDefault();
  };

  const notices = (
    <>
      {failure && (
        <NotRead
          what={failure.rows ? rowsInWords(failure.rows, more.rowsFailed) : words.trips.failed}
          failure={failure.cause}
          again={() => pages.again()}
        />
      )}
      {stuckAsked.failure && (
        <NotRead what={more.stuckFailed} failure={stuckAsked.failure} again={stuckAsked.again} />
      )}
    </>
  );
  if (total === undefined)
    return failure ? notices : <p className="muted">{words.trips.loading}</p>;
  if (count === 0)
    return (
      <>
        {notices}
        <p className="muted">{words.trips.none}</p>
      </>
    );
  const isUnread = (row: number): boolean => {
    const [from, to] = failure?.rows ?? [];
    return from !== undefined && row - stuck.length >= from && row - stuck.length <= to!;
  };
  const above = rows[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (rows.at(-1)?.end ?? 0);
  return (
    <div className="trips-list">
      {notices}
      <p className="muted trips-count" role="status" data-total={total}>
        {more.total} {numberOf(total)}
        {stuck.length > 0 && `. ${more.stuckOnTop}`}
        {!isComplete && ` ${more.notAll}`}
      </p>
      <div
        ref={scroller}
        className="trips-scroll"
        tabIndex={0}
        role="region"
        aria-label={words.trips.title}
        onKeyDown={goToEnd}
      >
        <table aria-rowcount={count + 1}>
          <thead>
            <tr>
              <th scope="col">{words.trips.status}</th>
              <th scope="col">{words.trips.since}</th>
              <th scope="col">{words.trips.passenger}</th>
              <th scope="col">{words.trips.driver}</th>
              <th scope="col">{words.trips.from}</th>
              <th scope="col">{words.trips.to}</th>
              <th scope="col" className="number">
                {words.trips.fare}
              </th>
              <th scope="col">{words.trips.requested}</th>
            </tr>
          </thead>
          <tbody data-list>
            {above > 0 && (
              <tr aria-hidden="true" className="trips-space">
                <td colSpan={8} style={{ height: above }} />
              </tr>
            )}
            {rows
              .filter(({ index }) => !isAbove(index))
              .map(({ index }) => (
                <TripRow
                  key={index}
                  row={index}
                  trip={tripAt(index)}
                  isUnread={isUnread(index)}
                  kept={kept}
                />
              ))}
            {below > 0 && (
              <tr aria-hidden="true" className="trips-space">
                <td colSpan={8} style={{ height: below }} />
              </tr>
            )}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function rowsInWords([first, last]: readonly [number, number], text: string): string {
  return text.replace('{first}', numberOf(first + 1)).replace('{last}', numberOf(last + 1));
}

interface TripRowProps {
  row: number;
  trip: ShownTrip | undefined;
  isUnread: boolean;
  kept: string;
}

function TripRow({ row, trip, isUnread, kept }: TripRowProps) {
  const words = useWords();
  const { loadingRow, notRead } = useViewWords(tripsWords);
  if (!trip)
    return (
      <tr data-row={row} aria-rowindex={row + 2}>
        <td colSpan={8} className="muted">
          {isUnread ? notRead : loadingRow}
        </td>
      </tr>
    );
  const dropoff = trip.stops.at(-1);
  return (
    <tr data-trip={trip.id} data-row={row} aria-rowindex={row + 2}>
      <td>
        <Link to={`/trips/${trip.id}${kept}`} className={`status status-${trip.status}`} isItem>
          {words.tripStatus[trip.status]}
        </Link>
        {trip.isStuck && <span className="stuck">{words.trips.stuck}</span>}
      </td>
      <td>
        <Ago at={trip.heldSince} isSpan />
      </td>
      <td>{trip.passenger?.name ?? trip.passengerId}</td>
      <td>
        {trip.driverId && (
          <Link to={`/drivers/${trip.driverId}`}>
            {trip.driver?.name ?? trip.driverId.slice(0, 8)}
          </Link>
        )}
      </td>
      <td>{trip.pickup.address ?? placeText(trip.pickup)}</td>
      <td>{dropoff && (dropoff.address ?? placeText(dropoff))}</td>
      <td className="number">{money(trip.fareTotal ?? trip.fareEstimatedTotal, trip.currency)}</td>
      <td>{timeOf(trip.requestedAt)}</td>
    </tr>
  );
}

function useTripPages(filters: TripFilters, dispatch: Dispatch): TripPages | undefined {
  const key = JSON.stringify(filters);
  const [pages, setPages] = useState<TripPages>();
  useEffect(() => {
    const opened = new TripPages(JSON.parse(key) as TripFilters, readPage);
    setPages(opened);
    return () => opened.stop();
  }, [key]);
  useRereadOnNews(dispatch, () => pages?.renewSoon());
  return pages;
}

/** The stuck ones among those that fit; none where all that is shown is stuck anyway. */
function useStuck(
  filters: TripFilters,
  dispatch: Dispatch,
): { stuck: readonly ShownTrip[]; asked: Asked<AdminTrip[]> } {
  const asked = useAnswer<AdminTrip[]>('admin/trips', {
    ...filters,
    onlyStuck: 'true',
    limit: MOST_STUCK,
  });
  useRereadOnNews(dispatch, asked.again);
  const { answer } = asked;
  const stuck = useMemo(
    () => answer?.data.map((trip) => shownTrip(trip, answer)) ?? NOTHING,
    [answer],
  );
  return { stuck: filters.onlyStuck ? NOTHING : stuck, asked };
}
