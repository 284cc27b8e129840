import addressesUrl from 'city-files/addresses.json?url';
import { useState, type FormEvent } from 'react';
import { ID_PATTERN, UserType } from '#libs/contracts/browser';
import { ask, RestFailure } from '../session/rest.js';
import { navigate } from '../shell/router.js';
import { useWords } from '../words/words.js';
import { type MapDesk } from './map-desk.js';

/** As the launcher writes it: places are millionths of a degree, each relative to the one before. */
interface StreetAddresses {
  street: string;
  numbers: string[];
  places: number[];
}

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

const MOST_ADDRESSES = 5;
const MILLIONTHS = 1e6;

let addresses: Promise<StreetAddresses[]> | undefined;

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
      findAddresses(text, desk),
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

async function findAddresses(text: string, desk: MapDesk): Promise<Found[]> {
  addresses ??= readAddresses().catch((error: unknown) => {
    addresses = undefined;
    throw error;
  });
  const [, street = text, number] = /^(.*?)[\s,]+(\d+\w*)$/.exec(text) ?? [];
  const wanted = folded(street);
  const matching = (await addresses).filter((each) => folded(each.street).includes(wanted));
  return matching.slice(0, MOST_ADDRESSES).map((each) => {
    const at = Math.max(0, number ? nearestNumber(each.numbers, number) : 0);
    const [lat, lng] = placeAt(each.places, at);
    return {
      key: `address ${each.street}`,
      label: number ? `${each.street} ${each.numbers[at]}` : each.street,
      go: () => desk.goTo(lat, lng, number ? 18 : 16),
    };
  });
}

async function readAddresses(): Promise<StreetAddresses[]> {
  return (await (await fetch(addressesUrl)).json()) as StreetAddresses[];
}

/** Without accents and in one case, as people type. */
function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function nearestNumber(numbers: readonly string[], wanted: string): number {
  const target = parseInt(wanted, 10);
  let best = 0;
  for (let i = 1; i < numbers.length; i += 1) {
    const distance = (at: number) => Math.abs(parseInt(numbers[at]!, 10) - target);
    if (distance(i) < distance(best)) best = i;
  }
  return best;
}

function placeAt(places: readonly number[], at: number): [number, number] {
  let lat = 0;
  let lng = 0;
  for (let i = 0; i <= at; i += 1) {
    lat += places[2 * i]!;
    lng += places[2 * i + 1]!;
  }
  return [lat / MILLIONTHS, lng / MILLIONTHS];
}
