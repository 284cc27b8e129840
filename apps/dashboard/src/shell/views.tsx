import { lazy, type ReactNode } from 'react';
import { type Words } from '../words/english.js';
import { type Dispatch } from './dispatch.js';

const LiveMap = lazy(async () => ({ default: (await import('../map/live-map.js')).LiveMap }));
const TripsView = lazy(async () => ({
  default: (await import('../trips/trips-view.js')).TripsView,
}));
const TripDetail = lazy(async () => ({
  default: (await import('../trips/trip-detail.js')).TripDetail,
}));
const BookingPage = lazy(async () => ({
  default: (await import('../booking/booking-page.js')).BookingPage,
}));
const ChatPage = lazy(async () => ({ default: (await import('../chat/chat-page.js')).ChatPage }));
const UsersPage = lazy(async () => ({
  default: (await import('../users/users-page.js')).UsersPage,
}));
const AccountPage = lazy(async () => ({
  default: (await import('../account/account-page.js')).AccountPage,
}));

const SystemView = lazy(async () => ({
  default: (await import('../system/system-view.js')).SystemView,
}));

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
