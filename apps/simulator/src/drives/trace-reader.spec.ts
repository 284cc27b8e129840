import { expect, test } from 'vitest';
import { collectTraces, parseTraceLine } from './trace-reader.js';

test('a line of the Rome traces is read, with its zone', () => {
  const line = '"1",156,"2014-02-01 00:00:00.739166+01",41.883671828,12.48777756';
  expect(parseTraceLine(line)).toEqual({
    taxiId: '156',
    fix: { time: Date.UTC(2014, 0, 31, 23, 0, 0, 739), lat: 41.883671828, lng: 12.48777756 },
  });
});

test.each([
  ['too few cells', '"1",156,"2014-02-01 00:00:00+01",41.88'],
  ['no taxi', '"1",,"2014-02-01 00:00:00+01",41.88,12.48'],
  ['no zone', '"1",156,"2014-02-01 00:00:00",41.88,12.48'],
  ['no such day', '"1",156,"2014-13-41 00:00:00+01",41.88,12.48'],
  ['a word for a latitude', '"1",156,"2014-02-01 00:00:00+01",north,12.48'],
  ['an empty longitude', '"1",156,"2014-02-01 00:00:00+01",41.88,'],
  ['off the earth', '"1",156,"2014-02-01 00:00:00+01",91,12.48'],
])('%s is no position', (_, line) => {
  expect(parseTraceLine(line)).toBeUndefined();
});

test('tracks are per taxi and by time; bad lines are counted, the heading is not', async () => {
  const traces = await collectTraces([
    '"","TaxiID","TimeStamp","Latitude","Longitude"',
    '"1",7,"2014-02-01 00:00:30+01",41.2,12.2',
    '"2",8,"2014-02-01 00:00:10+01",41.3,12.3',
    'rubbish',
    '"3",7,"2014-02-01 00:00:15+01",41.1,12.1',
    '',
  ]);
  expect(traces).toMatchObject({ fixCount: 3, badLines: 1 });
  expect(traces.tracks.map(({ taxiId, fixes }) => [taxiId, fixes.map(({ lat }) => lat)])).toEqual([
    ['7', [41.1, 41.2]],
    ['8', [41.3]],
  ]);
});
