/** What waits to be sent, oldest first; the oldest give way when there are too many. */
export class FixBuffer<T> {
  #waiting: T[] = [];
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** @returns what gave way */
  add(...items: T[]): T[] {
    this.#waiting.push(...items);
    return this.#shorten();
  }

  take(count: number): T[] {
    return this.#waiting.splice(0, count);
  }

  /** Puts back what was taken last. @returns what gave way */
  putBack(items: readonly T[]): T[] {
    this.#waiting = [...items, ...this.#waiting];
    return this.#shorten();
  }

  #shorten(): T[] {
    return this.#waiting.splice(0, Math.max(0, this.#waiting.length - this.#capacity));
  }
}
