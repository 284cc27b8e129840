import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger, Metrics } from '#libs/observability';
import { RefusalLog } from './refusal-log.js';

interface Line {
  level: number;
  msg: string;
  code?: string;
  count?: number;
  [name: string]: unknown;
}

const INFO = 30;

describe('the log of refusals', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const started = (level = 'info') => {
    const lines: Line[] = [];
    const write = (line: string) => void lines.push(JSON.parse(line) as Line);
    return { lines, log: new RefusalLog(createLogger(level, { write }), new Metrics()) };
  };

  it('[LOG3] tells who was refused what, and nothing that was not named', () => {
    const { lines, log } = started();
    const refusal = {
      code: 'NAMESPACE_FORBIDDEN',
      namespace: '/admin',
      address: '203.0.113.8',
      userId: 'driver-1',
      event: 'trip:request',
    };
    log.note(refusal);
    log.note({ code: 'SERVER_FULL' });
    expect(lines).toEqual([
      expect.objectContaining({ level: INFO, msg: 'refused', ...refusal }),
      expect.objectContaining({ level: INFO, msg: 'refused', code: 'SERVER_FULL' }),
    ]);
    expect(Object.keys(lines[1]!).toSorted()).toEqual(['code', 'level', 'msg', 'time']);
  });

  it('[LOG3] a crowd fills it with a few lines and one count a window, each kind by itself', () => {
    const { lines, log } = started();
    for (let i = 0; i < 1_000; i += 1) log.note({ code: 'SERVER_FULL', address: `10.0.0.${i}` });
    log.note({ code: 'ORIGIN_FORBIDDEN' });
    const told = lines.length;
    expect(lines.filter(({ code }) => code === 'SERVER_FULL')).toHaveLength(told - 1);
    expect(told).toBeLessThan(20);
    vi.advanceTimersByTime(60_000);
    expect(lines.slice(told)).toEqual([
      expect.objectContaining({ code: 'SERVER_FULL', count: 1_000 - (told - 1) }),
    ]);
    log.note({ code: 'SERVER_FULL' });
    expect(lines.at(-1)).toMatchObject({ msg: 'refused', code: 'SERVER_FULL' });
  });

  it('[LOG3] what is left to count is told at the end, and long texts are cut', () => {
    const { lines, log } = started();
    for (let i = 0; i < 100; i += 1)
      log.note({ code: 'UNKNOWN_EVENT', namespace: '/drivers', event: 'x'.repeat(10_000) });
    log.onApplicationShutdown();
    expect(lines.at(-1)).toMatchObject({ code: 'UNKNOWN_EVENT', namespace: '/drivers' });
    expect(lines.at(-1)!.count! + lines.length - 1).toBe(100);
    for (const { event } of lines.slice(0, -1)) expect(String(event).length).toBeLessThan(200);
  });

  it('[LOG3] names that clients make up cannot fill the memory', () => {
    const { lines, log } = started();
    for (let i = 0; i < 50_000; i += 1) log.note({ code: 'NAMESPACE_UNKNOWN', namespace: `/${i}` });
    log.onApplicationShutdown();
    expect(lines.length).toBeLessThan(3_000);
  });

  it('[LOG3] what a client wrote in place of the name of an event stays out', () => {
    const { lines, log } = started();
    const names = [
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2VjcmV0',
      '41.9028,12.4964',
      'x\n{"level":30,"msg":"forged"}',
      '{"password":"secret"}',
      '\u001b[31mred',
      'qwertyuiopasdfghjklzxcvbnm',
      '',
    ];
    for (const [i, event] of names.entries()) log.note({ code: `CODE_${i}`, event });
    expect(lines.map(({ event }) => event)).toEqual(names.map(() => '(no name of an event)'));
    log.note({ code: 'UNKNOWN_EVENT', event: 'driver:location_ping' });
    log.note({ code: 'NOT_FOUND', event: 'POST /api/trips/:id/complete' });
    expect(lines.slice(-2).map(({ event }) => event)).toEqual([
      'driver:location_ping',
      'POST /api/trips/:id/complete',
    ]);
  });
});
