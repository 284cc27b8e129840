import { useEffect, useRef, useState, type FormEvent } from 'react';
import { findAddresses } from '../city/addresses.js';
import { findOnServer } from '../shell/find-on-server.js';
import { navigate } from '../shell/router.js';
import { useWords } from '../words/words.js';
import { type MapDesk } from './map-desk.js';

interface Found {
  key: string;
  label: string;
  go: () => void;
}

const SEARCH_TIMEOUT_MS = 10_000;

/** Finds drivers and trips on the server, streets and house numbers in the map of the city. */
export function MapSearch({ desk }: { desk: MapDesk }) {
  const words = useWords();
  const [found, setFound] = useState<Found[]>();
  const [hasFailed, setFailed] = useState(false);
  const newest = useRef<AbortController>(undefined);
  useEffect(() => () => newest.current?.abort(), []);

  const search = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get('q')).trim();
    newest.current?.abort();
    if (text === '') return setFound(undefined);
    const { signal } = (newest.current = new AbortController());
    const groups = await Promise.allSettled([
      findPeopleAndTrips(text, signal),
      findHouses(text, desk),
    ]);
    // A newer search, or an empty field, counts instead.
    if (signal.aborted) return;
    setFailed(groups.some(({ status }) => status === 'rejected'));
    setFound(groups.flatMap((group) => (group.status === 'fulfilled' ? group.value : [])));
  };

  return (
    <search className="map-search">
      <form onSubmit={(event) => void search(event)}>
        <input
          name="q"
          type="search"
          aria-label={words.map.search}
          placeholder={words.map.search}
          data-search
          onChange={(event) => {
            if (event.target.value !== '') return;
            newest.current?.abort();
            setFound(undefined);
          }}
        />
      </form>
      {found && (
        <ul className="map-found" data-list>
          {hasFailed && <li className="muted">{words.map.searchFailed}</li>}
          {found.length === 0 && !hasFailed && <li className="muted">{words.map.nothingFound}</li>}
          {found.map(({ key, label, go }) => (
            <li key={key}>
              <button
                type="button"
                data-item
                onClick={() => {
                  setFound(undefined);
                  go();
                }}
              >
                {label}
              </button>
            </li>
          ))}
        </ul>
      )}
    </search>
  );
}

async function findPeopleAndTrips(text: string, signal: AbortSignal): Promise<Found[]> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(SEARCH_TIMEOUT_MS)]);
  const found = await findOnServer(text, within);
  return found.map(({ key, kind, label, path }) => ({
    key,
    label,
    // A trip is shown where the viewer looks: on the map.
    go: () => navigate(kind === 'trip' ? path.replace('/trips/', '/?trip=') : path),
  }));
}

async function findHouses(text: string, desk: MapDesk): Promise<Found[]> {
  const found = await findAddresses(text);
  return found.map(({ label, lat, lng, hasNumber }) => ({
    key: `address ${label}`,
    label,
    go: () => desk.goTo(lat, lng, hasNumber ? 18 : 16),
  }));
}
