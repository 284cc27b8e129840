import { describe, expect, it } from 'vitest';
import { EmptiedOut } from './memory-release.js';

describe(EmptiedOut.name, () => {
  const looksOf = (...connections: number[]) => {
    const emptied = new EmptiedOut();
    return connections.map((count) => emptied.look(count));
  };

  it('[MEM1] a crowd that has left is told once, when the last have gone', () => {
    expect(looksOf(0, 5_000, 5_000, 400, 0, 0, 0)).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
  });

  it('[MEM1] every crowd is told of', () => {
    expect(looksOf(2_000, 0, 0, 3_000, 0, 0).filter(Boolean)).toHaveLength(2);
  });

  it('[MEM1] nothing is told while many are there, after few, and while clients come and go', () => {
    expect(looksOf(5_000, 1_000, 1_000, 1_000)).not.toContain(true);
    expect(looksOf(900, 0, 0)).not.toContain(true);
    expect(looksOf(5_000, 10, 20, 10, 20)).not.toContain(true);
  });
});
