import { type Words } from '../words/english.js';
import { type AdminTrip } from './admin-trip.js';

/** A cell that begins so would be run as a formula by a spreadsheet. */
const FORMULA = /^[=+\-@\t\r]/;

/** Saves the trips that are shown, as a file for spreadsheets. */
export function saveCsv(trips: readonly AdminTrip[], { trips: words, tripStatus }: Words): void {
  const rows = [
    ['id', words.status, words.passenger, words.driver, words.from, words.fare, words.requested],
    ...trips.map((trip) => [
      trip.id,
      tripStatus[trip.status],
      trip.passenger?.name ?? trip.passengerId,
      trip.driver?.name ?? trip.driverId ?? '',
      trip.pickup.address ?? `${trip.pickup.lat} ${trip.pickup.lng}`,
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
