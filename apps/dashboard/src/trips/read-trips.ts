import { ask } from '../session/rest.js';
import { shownTrip, type AdminTrip } from './admin-trip.js';
import { PAGE_SIZE, type ReadPage } from './trip-pages.js';

/** One page of the trips that fit. */
export const readPage: ReadPage = async (filters, page, asOf, signal) => {
  const answer = await ask<AdminTrip[]>('GET', 'admin/trips', {
    query: { ...filters, page, limit: PAGE_SIZE, ...(asOf === undefined ? {} : { asOf }) },
    signal,
  });
  const { data, meta } = answer;
  return {
    rows: data.map((trip) => shownTrip(trip, answer)),
    total: meta.total ?? data.length,
    asOf: meta.asOf,
    isComplete: meta.isComplete !== false,
    hasNext: meta.hasNext === true,
    continueAt: meta.continueAt ?? null,
  };
};
