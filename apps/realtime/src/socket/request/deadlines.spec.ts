import { afterEach, beforeEach, expect, it } from 'vitest';
import { seededRandom, shuffled, until } from '#libs/testing';
import { PendingRequest, type RealtimeSocket } from '../realtime-socket.js';
import { Deadlines } from './deadlines.js';

const DEADLINE_MS = 20;

let overdue: string[];
let deadlines: Deadlines;

beforeEach(() => {
  overdue = [];
  deadlines = new Deadlines(DEADLINE_MS, ({ event }) => overdue.push(event));
});
afterEach(() => deadlines.stop());

const request = (name: string) =>
  new PendingRequest({} as RealtimeSocket, name, undefined, undefined, undefined, Date.now());
const names = (requests: readonly PendingRequest[]) => requests.map(({ event }) => event);

it('[ACK1] of requests that end in any order exactly the others become overdue, the oldest first', async () => {
  const random = seededRandom(7);
  const requests = Array.from({ length: 300 }, (_, i) => request(`request ${i}`));
  for (const each of requests) deadlines.watch(each);
  const ended = new Set(shuffled(requests, random).slice(0, 200));
  // Some end twice, and some were never watched.
  for (const each of ended) deadlines.settle(each);
  for (const each of [...ended].slice(0, 50)) deadlines.settle(each);
  deadlines.settle(request('refused at once'));
  const left = requests.filter((each) => !ended.has(each));
  await until('all others are overdue', () => overdue.length >= left.length);
  expect(overdue).toEqual(names(left));

  // None is left over that would come again, and new ones are watched as before.
  const later = [request('later'), request('latest')];
  for (const each of later) deadlines.watch(each);
  await until('they are overdue', () => overdue.length >= left.length + later.length);
  expect(overdue).toEqual([...names(left), ...names(later)]);
});

it('[ACK1] requests that all ended leave nothing behind', async () => {
  const requests = Array.from({ length: 5 }, (_, i) => request(`request ${i}`));
  for (const each of requests) deadlines.watch(each);
  for (const each of requests.toReversed()) deadlines.settle(each);
  const last = request('the last');
  deadlines.watch(last);
  await until('it is overdue', () => overdue.length > 0);
  expect(overdue).toEqual(['the last']);
});
