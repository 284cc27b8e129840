import { setTimeout as sleep } from 'node:timers/promises';
import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startModules, testEnvironment } from '#libs/testing';
import { LocationModule } from './location.module.js';
import { LocationService } from './location.service.js';
import { LocationWriter } from './location-writer.js';

const ROME = { lat: 41.9, lng: 12.5 };

describe(LocationWriter.name, () => {
  let modules: TestingModule;
  let locations: LocationService;

  beforeAll(async () => {
    modules = await startModules(testEnvironment({ LOCATION_WRITE_INTERVAL: '1s' }), [
      LocationModule,
    ]);
    locations = modules.get(LocationService);
  });
  afterAll(() => modules.close());

  const record = (driver: number) => locations.record(`driver-${driver}`, [ROME], 0);

  it('[LOC1] a position after a pause is stored at once, the next ones with the round or once it is full', async () => {
    // As long as the interval: whatever comes with a timed round comes later.
    const timedRound = sleep(1_000, 'a timed round');
    const first = record(0).then(() => 'at once');
    expect(await Promise.race([first, timedRound])).toBe('at once');
    const stored = Array.from({ length: 127 }, (_, index) => record(index + 1));
    const anyOfThem = Promise.race(stored).then(() => 'one of a round that is not full');
    // Of what leaves in this turn the answer is there before that of the second read.
    const reads = locations.lastPositions(['0']).then(() => locations.lastPositions(['0']));
    expect(await Promise.race([anyOfThem, reads.then(() => 'the reads')])).toBe('the reads');
    stored.push(record(128));
    const full = Promise.all(stored).then(() => 'the full round');
    expect(await Promise.race([full, timedRound])).toBe('the full round');
  });
});
