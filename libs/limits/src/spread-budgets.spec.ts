import { describe, expect, it } from 'vitest';
import { RateBudget } from './rate-budget.js';
import { SpreadBudgets } from './spread-budgets.js';

const LIMITS = { ratePerSecond: 100, rateBurst: 300 };
const STEP_MS = 10;

/** Instances that spend of one budget, which answers within a step of a clock of its own. */
class Instances {
  now = 0;
  settlements = 0;
  isRedisAway = false;
  /** What Redis has left: never more than a full budget. */
  private left = LIMITS.rateBurst;
  private leftAt = 0;
  readonly all: SpreadBudgets[];

  constructor(count: number) {
    this.all = Array.from({ length: count }, () => new SpreadBudgets(LIMITS, this.settle));
  }

  /** Asks each instance for so many, each step. @returns how many were let through */
  async spend(each: number, forMs: number): Promise<number> {
    let allowed = 0;
    for (const end = this.now + forMs; this.now < end; this.now += STEP_MS) {
      for (const instance of this.all)
        for (let i = 0; i < each; i += 1) if (instance.take('ada', 1, this.now) === 0) allowed += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return allowed;
  }

  private readonly settle = async (_key: string, spent: number): Promise<number> => {
    this.settlements += 1;
    if (this.isRedisAway) throw new Error('Redis is away.');
    const back = ((this.now - this.leftAt) * LIMITS.ratePerSecond) / 1_000;
    this.left = Math.min(LIMITS.rateBurst, this.left + back) - spent;
    this.leftAt = this.now;
    return this.left;
  };
}

describe('a budget that instances share', () => {
  it.each([1, 2, 8])(
    '[LIM8] on %i instances a minute of flood is let through as one is, but for the part that each keeps to itself',
    async (count) => {
      const instances = new Instances(count);
      const allowed = await instances.spend(5, 60_000);
      const whole = LIMITS.rateBurst + 60 * LIMITS.ratePerSecond;
      expect(allowed).toBeGreaterThan(0.9 * whole);
      expect(allowed).toBeLessThan((1 + count / 16) * whole + (count * LIMITS.rateBurst) / 4);
      // A few commands a second, however many requests.
      expect(instances.settlements).toBeLessThan(count * 60 * 10);
    },
  );

  it('[LIM8] whoever uses less than a sixteenth of it on an instance costs no command', async () => {
    const instances = new Instances(2);
    for (let second = 0; second < 600; second += 1) {
      instances.now += 1_000;
      for (const instance of instances.all) expect(instance.take('ada', 5, instances.now)).toBe(0);
    }
    expect(instances.settlements).toBe(0);
  });

  it('[LIM8] while Redis is away each instance goes by its own count; afterwards nobody pays for long', async () => {
    const instances = new Instances(2);
    instances.isRedisAway = true;
    const allowed = await instances.spend(5, 60_000);
    const whole = LIMITS.rateBurst + 60 * LIMITS.ratePerSecond;
    expect(allowed).toBeGreaterThan(1.9 * whole);
    expect(allowed).toBeLessThanOrEqual(2 * whole);
    expect(instances.settlements).toBeLessThan(2 * 65);
    instances.isRedisAway = false;
    instances.now += 3_000;
    // Full again here, and there but for what each had not told.
    for (const instance of instances.all) expect(instance.take('ada', 100, instances.now)).toBe(0);
  });

  it('[LIM8] the time to wait is true: before it the same is refused, from then on it is let through', () => {
    const budgets = new SpreadBudgets(LIMITS, () => new Promise(() => undefined));
    expect(budgets.take('ada', 300, 0)).toBe(0);
    const waitMs = budgets.take('ada', 10, 0);
    expect(waitMs).toBe(100);
    expect(budgets.take('ada', 10, waitMs - 1)).toBe(1);
    expect(budgets.take('ada', 10, waitMs)).toBe(0);
  });

  it('[LIM8] what instances let through together beyond it is waited for', async () => {
    let left = 0;
    const budgets = new SpreadBudgets(LIMITS, async () => left);
    // Elsewhere twice as much as there was is spent already.
    left = -LIMITS.rateBurst;
    expect(budgets.take('ada', 100, 0)).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(budgets.take('ada', 100, 0)).toBe(4_000);
    expect(budgets.take('bob', 100, 0)).toBe(0);
  });

  it('[LIM8] what a budget gets back when a request is not done after all is not told either', async () => {
    const told: number[] = [];
    const budgets = new SpreadBudgets(LIMITS, async (_key, spent) => {
      told.push(spent);
      return LIMITS.rateBurst - spent;
    });
    for (let i = 0; i < 10; i += 1) {
      budgets.take('ada', 30, 0);
      budgets.giveBack('ada', 30);
    }
    expect(told).toEqual([]);
    expect(budgets.take('ada', 300, 0)).toBe(0);
    expect(told).toEqual([300]);
  });

  it('[LIM8] what was told before it was given back is told once, however often it happens', async () => {
    const told: number[] = [];
    let left = LIMITS.rateBurst;
    const budgets = new SpreadBudgets(LIMITS, async (_key, spent) => {
      told.push(spent);
      return (left -= spent);
    });
    for (let i = 0; i < 10; i += 1) {
      expect(budgets.take('ada', 150, i)).toBe(0);
      budgets.giveBack('ada', 150);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(told).toEqual([150]);
    // Nothing was done, so all of it is there.
    expect(budgets.take('ada', 300, 10)).toBe(0);
    expect(told).toEqual([150, 150]);
  });
});

it('[LIM8] a budget is lowered, never raised, by what others say', () => {
  const budget = new RateBudget(LIMITS, 0);
  expect(budget.tryTake(200, 0)).toBe(0);
  budget.lowerTo(1_000);
  expect(budget.tryTake(200, 0)).toBe(1_000);
  budget.lowerTo(-100);
  expect(budget.tryTake(200, 0)).toBe(3_000);
});
