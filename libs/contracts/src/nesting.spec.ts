import { describe, expect, it } from 'vitest';
import { isNestedTooDeeply, MAX_NESTING } from './nesting.js';

const arrays = (levels: number): unknown =>
  JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
const objects = (levels: number): unknown =>
  JSON.parse('{"a":'.repeat(levels) + '1' + '}'.repeat(levels)) as unknown;

describe(isNestedTooDeeply.name, () => {
  it('[LIM5] counts objects and arrays alike, and exactly', () => {
    for (const make of [arrays, objects]) {
      expect(isNestedTooDeeply(make(MAX_NESTING))).toBe(false);
      expect(isNestedTooDeeply(make(MAX_NESTING + 1))).toBe(true);
    }
    expect(isNestedTooDeeply({ shallow: 1, deep: [objects(MAX_NESTING)] })).toBe(true);
  });

  it('[LIM5] looks at values of any depth, and at those that are no objects', () => {
    for (const make of [arrays, objects]) expect(isNestedTooDeeply(make(10_000))).toBe(true);
    for (const value of [undefined, null, 1, 'text', Buffer.alloc(100_000), {}, []])
      expect(isNestedTooDeeply(value)).toBe(false);
  });
});
