import { useState, type FormEvent } from 'react';
import { ID_PATTERN, UserType } from '#libs/contracts/browser';
import { findAddresses } from '../city/addresses.js';
import { ask, RestFailure } from '../session/rest.js';
import { navigate } from '../shell/router.js';
import { useWords } from '../words/words.js';
import { type MapDesk } from './map-desk.js';

interface Found {
  key: string;
  label: string;
  go: () => void;
}

interface UserFound {
  id: string;
  userType: UserType;
  name?: string | null;
  email?: string | null;
}

/** Finds drivers (by id) and trips on the server, streets and house numbers in the map of the city. */
export function MapSearch({ desk }: { desk: MapDesk }) {
  const words = useWords();
  const [found, setFound] = useState<Found[]>();
  const [hasFailed, setFailed] = useState(false);

  const search = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get('q')).trim();
    if (text === '') return setFound(undefined);
    const groups = await Promise.allSettled([
      findDrivers(text),
      findTrips(text),
      findHouses(text, desk),
    ]);
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
          onChange={(event) => event.target.value === '' && setFound(undefined)}
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

/** By the whole id of the account. */
async function findDrivers(text: string): Promise<Found[]> {
  if (!ID_PATTERN.test(text)) return [];
  const data = await ask<UserFound>('GET', `admin/users/${text}`).then(
    (answer) => answer.data,
    (error: unknown) => {
      if (error instanceof RestFailure && error.status === 404) return undefined;
      throw error;
    },
  );
  if (data?.userType !== UserType.driver) return [];
  return [
    {
      key: `driver ${data.id}`,
      label: data.name ?? data.email ?? data.id,
      go: () => navigate(`/drivers/${data.id}`),
    },
  ];
}

async function findTrips(text: string): Promise<Found[]> {
  const { data } = await ask<{ id: string; pickup: { address: string | null } }[]>(
    'GET',
    'admin/trips',
    { query: { q: text, limit: 5 } },
  );
  return data.map(({ id, pickup }) => ({
    key: `trip ${id}`,
    label: pickup.address ?? id,
    go: () => navigate(`/trips/${id}`),
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
