import { type RateBudget } from '#libs/limits';

/**
 * The volatile requests of one socket, e.g. a pointer or "is typing": of each event the newest
 * counts, nothing queues, and they have a budget of their own.
 */
export class VolatileLane<Request extends { readonly event: string }> {
  /** By event. */
  private readonly waiting = new Map<string, Request>();
  private readonly running = new Map<string, Request>();

  constructor(readonly budget: RateBudget) {}

  get isBusy(): boolean {
    return this.running.size > 0 || this.waiting.size > 0;
  }

  /** @returns the older request of the same event whose place it takes */
  put(request: Request): Request | undefined {
    const replaced = this.waiting.get(request.event);
    this.waiting.set(request.event, request);
    return replaced;
  }

  /** The requests whose event has none that is being handled; they are from now on. */
  takeReady(): Request[] {
    const ready: Request[] = [];
    for (const [event, request] of this.waiting) {
      if (this.running.has(event)) continue;
      this.waiting.delete(event);
      this.running.set(event, request);
      ready.push(request);
    }
    return ready;
  }

  /** @returns whether the request was being handled in this lane, or waited in it */
  finish(request: Request): boolean {
    for (const requests of [this.running, this.waiting]) {
      if (requests.get(request.event) === request) return requests.delete(request.event);
    }
    return false;
  }

  /** Takes back what was not finished, so that somebody answers for it. */
  takeUnfinished(): Request[] {
    const unfinished = [...this.running.values(), ...this.waiting.values()];
    this.running.clear();
    this.waiting.clear();
    return unfinished;
  }
}
