import { type Words } from '../words/english.js';
import { type AdminTrip } from './admin-trip.js';
import { readPage } from './read-trips.js';

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
      const answer = await readPage(wanted, page, asOf, signal);
      for (const trip of answer.rows) trips.set(trip.id, trip);
      ({ asOf, hasNext, continueAt } = answer);
      onRead(trips.size, Math.max(trips.size, answer.total));
    }
    if (continueAt === null || continueAt === wanted[bound]) return [...trips.values()];
    wanted = { ...wanted, [bound]: continueAt };
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
      `${trip.fareTotal ?? trip.fareEstimatedTotal} ${trip.currency}`,
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
