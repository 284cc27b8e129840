import { expect, test } from 'vitest';
import { TripJournal } from './trip-journal.js';

const RIDE = [
  'trip:requested',
  'trip:assigning_started',
  'trip:driver_accepted',
  'trip:driver_assigned',
  'trip:arriving_started',
  'trip:driver_en_route',
  'trip:driver_arrived_pickup',
  'trip:started',
  'trip:completed',
];

test('a whole ride has nothing wrong, whatever numbers are left out', () => {
  const journal = new TripJournal();
  const faults = RIDE.map((event, i) => journal.hear(event, i < 2 ? i + 1 : i + 5));
  expect(faults.filter(Boolean)).toEqual([]);
  expect(journal.isOver).toBe(true);
});

test('each event that is missing is noticed', () => {
  for (const missing of RIDE.slice(0, -1)) {
    const journal = new TripJournal();
    const faults = RIDE.flatMap((event, i) =>
      event === missing ? [] : (journal.hear(event, i + 1) ?? []),
    );
    expect(faults, missing).toHaveLength(1);
  }
});

test('an event that comes twice or late is noticed', () => {
  const journal = new TripJournal();
  RIDE.slice(0, 3).forEach((event, i) => journal.hear(event, i + 1));
  expect(journal.hear('trip:driver_accepted', 3)).toBe('trip:driver_accepted came again or late');
  expect(journal.hear('trip:requested', 1)).toBe('trip:requested came again or late');
  expect(journal.isOver).toBe(false);
});

test('after a snapshot the events go on from its number', () => {
  const journal = new TripJournal();
  journal.show(7);
  expect(journal.hear('trip:driver_arrived_pickup', 9)).toBeUndefined();
  expect(journal.hear('trip:started', 7)).toBe('trip:started came again or late');
});

test('an update without a number is no event of the trip, and hides nothing that comes again', () => {
  const journal = new TripJournal();
  RIDE.slice(0, 6).forEach((event, i) => journal.hear(event, i + 1));
  expect(journal.hear('trip:driver_en_route', undefined)).toBeUndefined();
  expect(journal.hear('trip:driver_en_route', 6)).toBe('trip:driver_en_route came again or late');
  expect(journal.hear('trip:driver_arrived_pickup', 7)).toBeUndefined();
});
