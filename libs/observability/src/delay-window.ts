import { DelayHistogram } from './delay-histogram.js';

/** The delays of the last few seconds, a histogram a second. */
export class DelayWindow {
  private readonly slots: DelayHistogram[];
  private current = 0;

  constructor(seconds: number) {
    this.slots = Array.from({ length: seconds }, () => new DelayHistogram());
  }

  record(delayMs: number): void {
    this.slots[this.current]!.record(delayMs);
  }

  /** Called once a second: forgets the oldest second. */
  advance(): void {
    this.current = (this.current + 1) % this.slots.length;
    this.slots[this.current]!.clear();
  }

  merged(): DelayHistogram {
    const all = new DelayHistogram();
    for (const slot of this.slots) all.add(slot);
    return all;
  }
}
