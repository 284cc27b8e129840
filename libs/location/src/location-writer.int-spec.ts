import { setTimeout as sleep } from 'node:timers/promises';
import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATIENCE_MS, startModules, testEnvironment } from '#libs/testing';
import { LocationModule } from './location.module.js';
import { LocationService } from './location.service.js';
import { LocationWriter } from './location-writer.js';

const ROME = { lat: 41.9, lng: 12.5 };

describe(LocationWriter.name, () => {
  let modules: TestingModule;
  let locations: LocationService;

  beforeAll(async () => {
    const environment = { ...testEnvironment(), LOCATION_WRITE_INTERVAL: 2 * PATIENCE_MS };
    modules = await startModules(environment, [LocationModule]);
    locations = modules.get(LocationService);
  });
  afterAll(() => modules.close());

  const record = (driver: number) => locations.record(`driver-${driver}`, [ROME], 0);

  it('[LOC1] a position after a pause is stored at once, the next ones with the round or once it is full', async () => {
    // Shorter than the interval: whatever comes with a timed round comes later.
    const timedRound = sleep(PATIENCE_MS, 'a timed round', { ref: false });
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
