import { describe, expect, it } from 'vitest';
import { createLogger } from '#libs/observability';
import { until } from '#libs/testing';
import { BackgroundTask } from './background-task.js';
import { redisUnavailable } from './redis-availability.js';

describe(BackgroundTask.name, () => {
  it('[LOG2] a fault is said once until the work succeeds again, Redis being away is not', async () => {
    const lines: { level: number; work: string; msg: string }[] = [];
    const log = createLogger('info', {
      write: (line) => lines.push(JSON.parse(line) as (typeof lines)[number]),
    });
    let outcome: Error | boolean = redisUnavailable(new Error('connection lost'));
    let runs = 0;
    const task = new BackgroundTask(log, 'counting', async () => {
      runs += 1;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    });
    const someRuns = async () => {
      const enough = runs + 3;
      await until('it ran some times', () => runs >= enough);
    };
    task.start(1);
    await someRuns();
    expect(lines).toEqual([]);
    for (let round = 0; round < 2; round += 1) {
      lines.splice(0);
      outcome = new Error('WRONGTYPE');
      await someRuns();
      outcome = redisUnavailable();
      await someRuns();
      outcome = false;
      await someRuns();
      outcome = new Error('WRONGTYPE');
      await someRuns();
      expect(lines).toMatchObject([{ level: 50, work: 'counting', err: { message: 'WRONGTYPE' } }]);
      outcome = true;
      await someRuns();
      expect(lines.slice(1)).toMatchObject([{ level: 30, work: 'counting' }]);
    }
    await task.stop();
    const last = runs;
    await new Promise((resolve) => setImmediate(resolve));
    expect(runs).toBe(last);
  });
});
