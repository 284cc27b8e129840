import { describe, expect, it } from 'vitest';
import { RequestError } from '#libs/contracts';
import { readUntilDone } from './read-until-done.js';

const away = () => new RequestError('REDIS_UNAVAILABLE');

describe('readUntilDone', () => {
  it('[REPLAY1] reads what was missed once Redis answers, not only if it does at once', async () => {
    const answers = [away(), away(), undefined];
    let reads = 0;
    await readUntilDone(
      async () => {
        const failure = answers[(reads += 1) - 1];
        if (failure) throw failure;
      },
      () => true,
    );
    expect(reads).toBe(3);
  });

  it('[REPLAY1] ends when nobody is there to be told', async () => {
    let reads = 0;
    await readUntilDone(
      async () => {
        reads += 1;
        throw away();
      },
      () => reads < 2,
    );
    expect(reads).toBe(2);
  });

  it('[REPLAY1] does not repeat what fails for another reason', async () => {
    const failure = new Error('a bug');
    await expect(
      readUntilDone(
        () => Promise.reject(failure),
        () => true,
      ),
    ).rejects.toBe(failure);
  });
});
