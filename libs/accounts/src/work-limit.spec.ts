import { describe, expect, it } from 'vitest';
import { WorkLimit } from './work-limit.js';

describe('the limit of work at once', () => {
  it('[ACC4] Two run, the next wait in order, the rest are refused at once', async () => {
    const limit = new WorkLimit(2, 2, 500);
    const started: number[] = [];
    const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
    const runs = gates.map(({ promise }, i) =>
      limit.run(async () => {
        started.push(i);
        await promise;
        return i;
      }),
    );
    await expect(limit.run(() => Promise.resolve())).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterMs: 500,
    });
    expect(started).toEqual([0, 1]);
    gates[1]?.resolve();
    await runs[1];
    await Promise.resolve();
    expect(started).toEqual([0, 1, 2]);
    for (const { resolve } of gates) resolve();
    await expect(Promise.all(runs)).resolves.toEqual([0, 1, 2, 3]);
  });

  it('[ACC4] A task that fails gives its place to the next', async () => {
    const limit = new WorkLimit(1, 1, 500);
    const failing = limit.run(() => Promise.reject(new Error('wrong')));
    const next = limit.run(() => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('wrong');
    await expect(next).resolves.toBe('done');
    await expect(limit.run(() => Promise.resolve('free'))).resolves.toBe('free');
  });
});
