import { type NotificationPage } from '#libs/contracts';
import { type BoxedNotification, type Inbox } from './notifications.service.js';

const DEFAULT_LIMIT = 20;

/** A page of what a person may see, the newest first; what comes later shifts none of them. */
export function pageOf(
  { items, unread }: Inbox,
  { before, limit: wanted }: { before?: string | null; limit?: number | null },
): NotificationPage {
  const newestFirst = items.toSorted((a, b) => compare(placeOf(b), placeOf(a)));
  const limit = wanted ?? DEFAULT_LIMIT;
  const from = before === undefined || before === null ? undefined : readPlace(before);
  const rest = from ? newestFirst.filter((item) => compare(placeOf(item), from) < 0) : newestFirst;
  const page = rest.slice(0, limit);
  const last = rest.length > limit ? page.at(-1) : undefined;
  return {
    notifications: page.map(({ notification }) => notification),
    unread,
    before: last ? `${last.entry.at}_${last.notification.id}` : null,
  };
}

type Place = readonly [at: number, boxName: string, version: number];

function placeOf({ boxName, entry }: BoxedNotification): Place {
  return [entry.at, boxName, entry.version];
}

function readPlace(text: string): Place {
  const [at = '', id = ''] = text.split('_');
  const [boxName = '', version = ''] = id.split('-');
  return [Number(at), boxName, Number(version)];
}

function compare(a: Place, b: Place): number {
  return a[0] - b[0] || a[1].localeCompare(b[1], 'en') || a[2] - b[2];
}
