/** How long a benchmark may wait for a quiet machine and make disturbed runs again, all cases together. */
export class SpareTime {
  private spentMs = 0;

  constructor(private readonly budgetMs: number) {}

  get leftMs(): number {
    return Math.max(0, this.budgetMs - this.spentMs);
  }

  /** Does something that is not needed for the figures, on the account. */
  async spend<Result>(work: () => Promise<Result>): Promise<Result> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.spentMs += performance.now() - startedAt;
    }
  }
}
