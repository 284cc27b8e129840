import { describe, expect, it } from 'vitest';
import { columnsOf, newestOf, refusalsOf, withNewer, type Hour } from './hour.js';
import { type Sample } from './system-answer.js';

const START = 1_800_000_000_000;

const sample = (second: number, connections: number, refusals = {}): Sample => ({
  at: START + second * 1_000,
  connections,
  requestsPerSecond: 0,
  messagesPerSecond: 0,
  deliveryP50Ms: null,
  deliveryP99Ms: null,
  redisP50Ms: null,
  redisP99Ms: null,
  loopBusy: 0,
  memoryBytes: 0,
  refusals,
});

describe('the last hour of instances', () => {
  it('[SYS4] grows by what is newer, and forgets what is older than an hour', () => {
    let hour: Hour = new Map();
    hour = withNewer(hour, [{ id: 'a', samples: [sample(0, 1), sample(20, 2)] }], START + 20_000);
    hour = withNewer(hour, [{ id: 'a', samples: [sample(20, 2), sample(40, 3)] }], START + 40_000);
    expect(hour.get('a')!.map(({ connections }) => connections)).toEqual([1, 2, 3]);
    expect(newestOf(hour)).toBe(START + 40_000);
    hour = withNewer(hour, [], START + 3_630_000);
    expect(hour.get('a')!.map(({ connections }) => connections)).toEqual([3]);
    expect(withNewer(hour, [], START + 9_000_000).size).toBe(0);
  });

  it('[SYS4] has a line for each instance: a late sample leaves no gap, an outage does', () => {
    const hour: Hour = new Map([
      ['a', [sample(0, 10), sample(41, 30), sample(60, 40)]],
      ['b', [sample(2, 1), sample(100, 6)]],
    ]);
    const [times, a, b, none] = columnsOf(hour, ['a', 'b', 'c'], ({ connections }) => connections);
    expect(times.map((time) => time - START / 1_000)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(a).toEqual([10, 20, 30, 40, null, null]);
    expect(b).toEqual([1, null, null, null, null, 6]);
    expect(none).toEqual([null, null, null, null, null, null]);
    expect(columnsOf(new Map(), ['a'], () => 1)).toEqual([[], []]);
  });

  it('[SYS4] adds up refusals of all instances, the most frequent first', () => {
    const hour: Hour = new Map([
      ['a', [sample(0, 0, { RATE_LIMITED: 2 }), sample(20, 0, { TOKEN_EXPIRED: 9 })]],
      ['b', [sample(0, 0, { RATE_LIMITED: 3 })]],
    ]);
    expect(refusalsOf(hour)).toEqual([
      ['TOKEN_EXPIRED', 9],
      ['RATE_LIMITED', 5],
    ]);
  });
});
