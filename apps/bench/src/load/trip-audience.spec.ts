import { describe, expect, it } from 'vitest';
import { type TripMessage } from '#libs/contracts';
import { TripAudience } from './trip-audience.js';

function audience(trips = 1) {
  const problems: string[] = [];
  return { problems, heard: new TripAudience('a driver', trips, (text) => problems.push(text)) };
}

const said = (trip: number, message: number, version: number) =>
  ({ message: TripAudience.textOf(trip, message), version }) as TripMessage;

describe('what is told of messages to trips', () => {
  it('is right when each comes once and in order, whatever other events lie between', () => {
    const { problems, heard } = audience(2);
    heard.hear(0, said(0, 0, 7));
    heard.hear(1, said(1, 0, 3));
    heard.hear(0, said(0, 1, 9));
    heard.hear(1, said(1, 1, 4));
    heard.checkCounts(2);
    expect(problems).toEqual([]);
  });

  it.each([
    ['comes twice', [said(0, 0, 7), said(0, 0, 7)]],
    ['comes too early', [said(0, 1, 8), said(0, 0, 7)]],
    ['is of another trip', [said(1, 0, 7), said(0, 1, 8)]],
    ['is missing', [said(0, 0, 7)]],
  ])('is wrong when one %s', (_, messages) => {
    const { problems, heard } = audience();
    for (const message of messages) heard.hear(0, message);
    heard.checkCounts(2);
    expect(problems).not.toEqual([]);
  });
});
