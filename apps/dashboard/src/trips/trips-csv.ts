import { type Words } from '../words/english.js';
import { plainAmount } from '../words/language.js';
import { type AdminTrip } from './admin-trip.js';
import { readPage } from './read-trips.js';
import { type PageRead } from './trip-pages.js';
import { RestFailure } from '../session/rest.js';

const TOO_MANY_REQUESTS = 429;
const RETRY_MS = 1_000;
/** A cell that begins so would be run as a formula by a spreadsheet. */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * Reads every trip that fits, of one state of the list; where a search stops, it goes on from there.
 * @throws RestFailure
 */
export async function readAllTrips(
  filters: Readonly<Record<string, string>>,
  signal: AbortSignal,
  onRead: (read: number, total: number) => void,
): Promise<AdminTrip[]> {
  const trips = new Map<string, AdminTrip>();
  // With the stuck ones the oldest come first: a search of them goes on upwards.
  const bound = filters['onlyStuck'] ? 'requestedFrom' : 'requestedTo';
  let wanted = filters;
  for (;;) {
    let asOf: number | undefined;
    let continueAt: string | null = null;
    for (let page = 1, hasNext = true; hasNext; page += 1) {
      const answer = await patiently(() => readPage(wanted, page, asOf, signal));
      for (const trip of answer.rows) trips.set(trip.id, trip);
      ({ asOf, hasNext, continueAt } = answer);
      onRead(trips.size, Math.max(trips.size, answer.total));
    }
    if (continueAt === null || continueAt === wanted[bound]) return [...trips.values()];
    wanted = { ...wanted, [bound]: continueAt };
  }
}

/** A long list is more than the server gives at once: it is gone on with as fast as the server allows. */
async function patiently(read: () => Promise<PageRead>): Promise<PageRead> {
  for (;;) {
    try {
      return await read();
    } catch (failure) {
      if (!(failure instanceof RestFailure && failure.status === TOO_MANY_REQUESTS)) throw failure;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Saves trips as a file for spreadsheets. */
export function saveCsv(trips: readonly AdminTrip[], { trips: words, tripStatus }: Words): void {
  const rows = [
    [
      'id',
      words.status,
      words.passenger,
      words.driver,
      words.from,
      words.to,
      words.fare,
      words.requested,
    ],
    ...trips.map((trip) => [
      trip.id,
      tripStatus[trip.status],
      trip.passenger?.name ?? trip.passengerId,
      trip.driver?.name ?? trip.driverId ?? '',
      trip.pickup.address ?? `${trip.pickup.lat} ${trip.pickup.lng}`,
      trip.stops.map(({ address, lat, lng }) => address ?? `${lat} ${lng}`).join(' → '),
      `${plainAmount(trip.fareTotal ?? trip.fareEstimatedTotal, trip.currency)} ${trip.currency}`,
      trip.requestedAt,
    ]),
  ];
  const text = rows.map((row) => row.map(cell).join(',')).join('\r\n');
  const link = document.createElement('a');
  // The mark at the beginning tells spreadsheets that it is UTF-8.
  link.href = URL.createObjectURL(new Blob([`\uFEFF${text}`], { type: 'text/csv' }));
  link.download = `trips-${new Date().toISOString().slice(0, 16).replace(':', '')}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function cell(text: string): string {
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
