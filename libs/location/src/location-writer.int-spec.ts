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
    await record(0);
    const nextRound = sleep(1_000, 'the next round');
    const stored = Array.from({ length: 127 }, (_, index) => record(index + 1));
    const isAnswered = Promise.race([...stored, sleep(100, 'nobody')]);
    expect(await isAnswered).toBe('nobody');
    stored.push(record(128));
    const isFull = Promise.all(stored).then(() => 'the full round');
    expect(await Promise.race([isFull, nextRound])).toBe('the full round');
  });
});
