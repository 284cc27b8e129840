import { expect, it } from 'vitest';
import { AddressPace } from './address-pace.js';

it('[LIM7] one address opens so many connections a second, and others are not held up', () => {
  const pace = new AddressPace(10);
  const allowed = (network: string, now: number, tries: number) =>
    Array.from({ length: tries }, () => pace.allows(network, now)).filter(Boolean).length;
  expect(allowed('a', 1_000, 50)).toBe(10);
  expect(allowed('a', 1_100, 50)).toBe(1);
  expect(allowed('b', 1_100, 5)).toBe(5);
  expect(allowed('a', 3_000, 50)).toBe(10);
});
