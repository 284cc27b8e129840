import { useEffect, useRef, useState } from 'react';
import { PaymentMode, TripStatus } from '#libs/contracts/browser';
import { setFilters } from '../shell/router.js';
import { useNames } from '../users/use-names.js';
import { useViewWords } from '../words/view-words.js';
import { useWords } from '../words/words.js';
import { tripsWords } from './trips-words.js';

/** The filters of the API, by the names that they have there. */
export const FILTERS = [
  'status',
  'q',
  'onlyActive',
  'onlyStuck',
  'paymentMode',
  'passengerId',
  'driverId',
  'requestedFrom',
  'requestedTo',
] as const;

export type TripFilters = Partial<Record<(typeof FILTERS)[number], string>>;

const SEARCH_AFTER_MS = 300;

/** What the address says; without what is not said. */
export function readFilters(searchParams: URLSearchParams): TripFilters {
  const said = FILTERS.map((name) => [name, searchParams.get(name) ?? ''] as const);
  return Object.fromEntries(said.filter(([, value]) => value !== ''));
}

/** What an address of a trip keeps of the list that it was opened from: `?...`, or nothing. */
export function keptOf(searchParams: URLSearchParams): string {
  const view = searchParams.get('view');
  const kept = new URLSearchParams({ ...readFilters(searchParams), ...(view ? { view } : {}) });
  return kept.size > 0 ? `?${kept}` : '';
}

/** Changes the filters in the address. */
export function Filters({ filters }: { filters: TripFilters }) {
  const words = useWords();
  const more = useViewWords(tripsWords);
  const { passengerId, driverId } = filters;
  const names = useNames([passengerId, driverId]);
  const hasMore = !!(filters.paymentMode ?? filters.requestedFrom ?? filters.requestedTo);
  const shown = filters.onlyStuck ? 'onlyStuck' : filters.onlyActive ? 'onlyActive' : '';
  return (
    <div className="trips-filters" role="search">
      <div className="choices" role="group" aria-label={words.trips.status}>
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
      <TextFilter text={filters.q ?? ''} />
      <select
        aria-label={words.trips.status}
        value={filters.status ?? ''}
        onChange={({ target }) => setFilters({ status: target.value })}
      >
        <option value="">{words.trips.all}</option>
        {Object.values(TripStatus).map((status) => (
          <option key={status} value={status}>
            {words.tripStatus[status]}
          </option>
        ))}
      </select>
      <details className="trips-more" open={hasMore || undefined}>
        <summary className="button">{more.moreFilters}</summary>
        <div className="trips-more-fields">
          <select
            aria-label={more.payment}
            value={filters.paymentMode ?? ''}
            onChange={({ target }) => setFilters({ paymentMode: target.value })}
          >
            <option value="">{more.anyPayment}</option>
            {Object.values(PaymentMode).map((mode) => (
              <option key={mode} value={mode}>
                {more[mode]}
              </option>
            ))}
          </select>
          {(['requestedFrom', 'requestedTo'] as const).map((name) => (
            <label key={name} className="trips-time">
              <span>{more[name]}</span>
              <input
                type="datetime-local"
                value={localTime(filters[name])}
                onChange={({ target }) => setFilters({ [name]: isoTime(target.value) })}
              />
            </label>
          ))}
        </div>
      </details>
      {passengerId && (
        <span className="trips-of">
          {more.ofPassenger}: {names.get(passengerId) ?? passengerId}
        </span>
      )}
      {driverId && (
        <span className="trips-of">
          {more.ofDriver}: {names.get(driverId) ?? driverId}
        </span>
      )}
      {Object.keys(filters).length > 0 && (
        <button
          type="button"
          onClick={() => setFilters(Object.fromEntries(FILTERS.map((name) => [name, ''])))}
        >
          {more.clear}
        </button>
      )}
    </div>
  );
}

function TextFilter({ text }: { text: string }) {
  const { trips } = useWords();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [typed, setTyped] = useState(text);
  useEffect(() => () => clearTimeout(timer.current), []);
  // Cleared, or gone back to, from elsewhere.
  useEffect(() => setTyped((before) => (before.trim() === text ? before : text)), [text]);
  return (
    <input
      type="search"
      aria-label={trips.filter}
      placeholder={trips.filter}
      value={typed}
      maxLength={100}
      data-search
      onChange={({ target }) => {
        setTyped(target.value);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setFilters({ q: target.value.trim() }), SEARCH_AFTER_MS);
      }}
    />
  );
}

/** As the field wants it, in the zone of the viewer. */
function localTime(iso: string | undefined): string {
  const at = iso ? Date.parse(iso) : NaN;
  if (Number.isNaN(at)) return '';
  const offsetMs = new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - offsetMs).toISOString().slice(0, 16);
}

function isoTime(local: string): string {
  const at = local === '' ? NaN : new Date(local).getTime();
  return Number.isNaN(at) ? '' : new Date(at).toISOString();
}
