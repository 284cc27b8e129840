import { type ReactNode } from 'react';
import { PlaceMap } from '../places/place-map-part.js';
import { type Words } from '../words/english.js';
import { useWords } from '../words/words.js';
import { type Dispatch } from './dispatch.js';
import { part } from './part.js';

const opening = <Opening />;
const LiveMap = part(async () => (await import('../map/live-map.js')).LiveMap, opening);
const TripsView = part(async () => (await import('../trips/trips-view.js')).TripsView, opening);
const TripDetail = part(async () => (await import('../trips/trip-detail.js')).TripDetail, opening);
const BookingPage = part(
  async () => (await import('../booking/booking-page.js')).BookingPage,
  opening,
);
const ChatPage = part(async () => (await import('../chat/chat-page.js')).ChatPage, opening);
const UsersPage = part(async () => (await import('../users/users-page.js')).UsersPage, opening);
const SystemView = part(async () => (await import('../system/system-view.js')).SystemView, opening);
const AccountPage = part(
  async () => (await import('../account/account-page.js')).AccountPage,
  opening,
);

/** Loads the code of all views, so that one can go to each of them while the server is away. */
export async function loadViews(): Promise<void> {
  const all = [TripsView, TripDetail, UsersPage, ChatPage, AccountPage, SystemView, LiveMap];
  for (const each of [...all, BookingPage, PlaceMap]) await each.load();
}

function Opening() {
  return <p className="loading">{useWords().loading}</p>;
}

/** What an address asks for: `/<segment>/<id>`. */
export interface ViewPlace {
  dispatch: Dispatch;
  segment: string;
  id: string | undefined;
}

/** A part of the page with an address of its own. It is in the navigation, the palette and the help. */
export interface View {
  name: Extract<keyof Words['nav'], 'map' | 'trips' | 'book' | 'chat' | 'users' | 'system' | 'me'>;
  path: string;
  /** Pressed after `g`. */
  key: string;
  /** What its addresses begin with. */
  segments: readonly string[];
  show: (place: ViewPlace) => ReactNode;
}

export const views: readonly View[] = [
  {
    name: 'map',
    path: '/',
    key: 'm',
    segments: ['', 'drivers'],
    show: ({ dispatch, segment, id }) => (
      <LiveMap dispatch={dispatch} selectedId={segment === 'drivers' ? (id ?? null) : null} />
    ),
  },
  {
    name: 'trips',
    path: '/trips',
    key: 't',
    segments: ['trips'],
    show: ({ dispatch, id }) =>
      id ? (
        <TripDetail key={id} tripId={id} dispatch={dispatch} />
      ) : (
        <TripsView dispatch={dispatch} />
      ),
  },
  { name: 'book', path: '/book', key: 'b', segments: ['book'], show: () => <BookingPage /> },
  {
    name: 'chat',
    path: '/chat',
    key: 'c',
    segments: ['chat'],
    show: (place) => <ChatPage {...place} />,
  },
  {
    name: 'users',
    path: '/users',
    key: 'p',
    segments: ['users'],
    show: (place) => <UsersPage {...place} />,
  },
  {
    name: 'system',
    path: '/system',
    key: 's',
    segments: ['system'],
    show: () => <SystemView />,
  },
  { name: 'me', path: '/me', key: 'a', segments: ['me'], show: () => <AccountPage /> },
];

/** The view of an address, and what it names in it; the first view for an address that nobody knows. */
export function placeOf(pathname: string): { view: View; segment: string; id: string | undefined } {
  const [, segment = '', id] = pathname.split('/');
  const view = views.find(({ segments }) => segments.includes(segment)) ?? views[0]!;
  return { view, segment, id: id ? decoded(id) : undefined };
}

/** An address that somebody typed may be none. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
