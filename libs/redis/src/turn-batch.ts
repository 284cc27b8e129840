interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result | Promise<Result>) => void;
  reject: (error: unknown) => void;
}

/**
 * Gathers what is asked for within one turn of the event loop and asks for all of it in one call: a
 * quiet server waits for nothing, a busy one pays for a call once a turn and not once a client.
 */
export class TurnBatch<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];

  /**
   * @param ask answers each item, in the order given; what it throws everybody of that call gets. An
   * answer may be a promise: how that settles concerns its own item only
   * @param limit most items of one call
   */
  constructor(
    private readonly ask: (items: Item[]) => Promise<readonly (Result | Promise<Result>)[]>,
    private readonly limit: number,
  ) {}

  submit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length === 0) setImmediate(() => this.flush());
      this.waiting.push({ item, resolve, reject });
    });
  }

  private flush(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (let first = 0; first < waiting.length; first += this.limit) {
      void this.answer(waiting.slice(first, first + this.limit));
    }
  }

  private async answer(waiting: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.ask(waiting.map(({ item }) => item));
      if (results.length !== waiting.length)
        throw new Error(`${waiting.length} were asked for, ${results.length} answered.`);
      waiting.forEach(({ resolve }, i) => resolve(results[i]!));
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
