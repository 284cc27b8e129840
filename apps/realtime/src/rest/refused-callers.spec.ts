import { expect, it } from 'vitest';
import { RefusedCallers } from './refused-callers.js';

it('[LIM8] whoever goes on is told to wait until the dearest call that was refused is let through, and is let through as soon as the cheapest may be', () => {
  const callers = new RefusedCallers();
  callers.note('Bearer ada', { cheapestAt: 50, dearestAt: 250 });
  expect(callers.waitOf('Bearer ada', 0)).toBe(250);
  callers.note('Bearer ada', { cheapestAt: 50, dearestAt: 50 });
  expect(callers.waitOf('Bearer ada', 49)).toBe(201);
  expect(callers.waitOf('Bearer bob', 49)).toBe(0);
  expect(callers.waitOf('Bearer ada', 50)).toBe(0);
});

it('[LIM8] tokens that are refused are kept in a bounded number', () => {
  const callers = new RefusedCallers();
  for (let i = 0; i < 5_000; i += 1) callers.note(`Bearer ${i}`, { cheapestAt: 9, dearestAt: 9 });
  expect(callers.waitOf('Bearer 0', 0)).toBe(0);
  expect(callers.waitOf('Bearer 4999', 0)).toBe(9);
});
