import { describe, expect, it } from 'vitest';
import { type BenchContext } from '../bench-context.js';
import { SpareTime } from '../spare-time.js';
import { undisturbed } from './undisturbed.js';

async function measured(spareMs: number, foreignShares: number[]) {
  let runs = 0;
  const context = {
    arguments: { patienceMs: 0, quick: false },
    spare: new SpareTime(spareMs),
    progress: () => undefined,
  } as unknown as BenchContext;
  const kept = await undisturbed(context, () => {
    const share = foreignShares[runs]!;
    runs += 1;
    return Promise.resolve({ result: { foreignShare: { servers: share, load: 0 } } });
  });
  return { runs, kept: kept.result.foreignShare.servers };
}

describe('measuring undisturbed', () => {
  it('makes a disturbed run again until one is undisturbed', async () => {
    expect(await measured(60_000, [0.5, 0.3, 0.05, 0])).toEqual({ runs: 3, kept: 0.05 });
  });

  it('makes it four times at most and keeps the quietest', async () => {
    expect(await measured(60_000, [0.5, 0.3, 0.7, 0.6, 0])).toEqual({ runs: 4, kept: 0.3 });
  });

  it('makes an undisturbed run once', async () => {
    expect(await measured(60_000, [0.02, 0])).toEqual({ runs: 1, kept: 0.02 });
  });

  it('makes no run again when the spare time of the benchmark is spent', async () => {
    expect(await measured(0, [0.5, 0])).toEqual({ runs: 1, kept: 0.5 });
  });
});
