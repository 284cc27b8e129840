import { describe, expect, it } from 'vitest';
import { TurnBatch } from './turn-batch.js';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe(TurnBatch.name, () => {
  function setUp(limit = 100) {
    const calls: number[][] = [];
    const batch = new TurnBatch<number, string>(async (items) => {
      calls.push(items);
      if (items.includes(-1)) throw new Error('away');
      return items.map((item) => `${item}`);
    }, limit);
    return { batch, calls };
  }

  it('[LIM1] what is asked for in one turn is one call, and each gets its own answer', async () => {
    const { batch, calls } = setUp();
    const early = [1, 2].map((item) => batch.submit(item));
    const late = Promise.resolve().then(() => batch.submit(3));
    expect(await Promise.all([...early, late])).toEqual(['1', '2', '3']);
    await nextTurn();
    expect(await batch.submit(4)).toBe('4');
    expect(calls).toEqual([[1, 2, 3], [4]]);
  });

  it('[LIM1] a call has a bounded size', async () => {
    const { batch, calls } = setUp(2);
    expect(await Promise.all([1, 2, 3].map((item) => batch.submit(item)))).toEqual(['1', '2', '3']);
    expect(calls).toEqual([[1, 2], [3]]);
  });

  it('[REDIS1] everybody of a call that fails hears of it, nobody of another call does', async () => {
    const { batch } = setUp(2);
    const settled = await Promise.allSettled([1, -1, 3].map((item) => batch.submit(item)));
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(await batch.submit(5)).toBe('5');
  });

  it('[REDIS1] an answer that fails by itself is the failure of its own item only', async () => {
    const batch = new TurnBatch<number, string>(async (items) => {
      const away = Promise.reject(new Error('away'));
      return items.map((item) => (item === -1 ? away : Promise.resolve(`${item}`)));
    }, 10);
    const settled = await Promise.allSettled([1, -1, 3].map((item) => batch.submit(item)));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('[REDIS1] an answer that is too short is a failure, not somebody else’s answer', async () => {
    const batch = new TurnBatch<number, number>(async ([first]) => [first!], 10);
    const settled = await Promise.allSettled([batch.submit(1), batch.submit(2)]);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
