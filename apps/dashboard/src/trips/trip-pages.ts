import { type AdminTrip } from './admin-trip.js';

/** The server gives no more at once. */
export const PAGE_SIZE = 100;
/** A busy fleet changes all the time: the list is read at most so often. */
const RENEW_EVERY_MS = 2_000;

export interface PageRead {
  rows: readonly AdminTrip[];
  total: number;
  asOf: number | undefined;
  isComplete: boolean;
  hasNext: boolean;
  continueAt: string | null;
}

/** @param page the first is 1 @throws RestFailure */
export type ReadPage = (
  filters: Readonly<Record<string, string>>,
  page: number,
  asOf: number | undefined,
  signal: AbortSignal,
) => Promise<PageRead>;

interface LoadedPage {
  rows: readonly AdminTrip[];
  /** Of which state of the list it is. */
  generation: number;
}

export interface TripsShown {
  /** Undefined until it is known. */
  total: number | undefined;
  /** False when a search did not look at all trips. */
  isComplete: boolean;
  failure: Error | undefined;
  rowAt: (row: number) => AdminTrip | undefined;
}

/**
 * A list of trips that is longer than an answer: pages are read when they are looked at, all of one
 * state of the list, and read again, without a gap, when something has happened.
 */
export class TripPages {
  private pages = new Map<number, LoadedPage>();
  private readonly loading = new Set<number>();
  private readonly listeners = new Set<() => void>();
  private readonly controller = new AbortController();
  private shown: TripsShown;
  private wanted: [number, number] = [0, 0];
  private generation = 0;
  private asOf: number | undefined;
  private renewTimer: ReturnType<typeof setTimeout> | undefined;
  private renewedAt = 0;
  private isRenewing = false;
  private isWantedAgain = false;

  constructor(
    private readonly filters: Readonly<Record<string, string>>,
    private readonly get: ReadPage,
  ) {
    this.shown = this.picture({ total: undefined, isComplete: true, failure: undefined });
    void this.renew();
  }

  readonly look = (): TripsShown => this.shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  /** These rows are looked at. */
  want(first: number, last: number): void {
    this.wanted = [Math.floor(first / PAGE_SIZE), Math.floor(Math.max(first, last) / PAGE_SIZE)];
    this.loadWanted();
  }

  /** Something has happened: the state of now is read, soon. */
  renewSoon(): void {
    const dueInMs = Math.max(0, this.renewedAt + RENEW_EVERY_MS - Date.now());
    this.renewTimer ??= setTimeout(() => {
      this.renewTimer = undefined;
      void this.renew();
    }, dueInMs);
  }

  async renew(): Promise<void> {
    if (this.isRenewing) {
      this.isWantedAgain = true;
      return;
    }
    this.isRenewing = true;
    this.renewedAt = Date.now();
    const [page] = this.wanted;
    try {
      const { rows, total, asOf, isComplete } = await this.read(page, undefined);
      this.generation += 1;
      this.asOf = asOf;
      this.pages.set(page, { rows, generation: this.generation });
      this.show({ total, isComplete, failure: undefined });
      this.loadWanted();
    } catch (failure) {
      this.fail(failure);
    } finally {
      this.isRenewing = false;
      if (this.isWantedAgain) {
        this.isWantedAgain = false;
        this.renewSoon();
      }
    }
  }

  stop(): void {
    clearTimeout(this.renewTimer);
    this.controller.abort();
    this.listeners.clear();
  }

  private loadWanted(): void {
    const { asOf, generation } = this;
    if (asOf === undefined) return;
    const lastPage = Math.max(0, Math.ceil((this.shown.total ?? 0) / PAGE_SIZE) - 1);
    const [first, last] = this.wanted;
    for (let page = first; page <= Math.min(last, lastPage); page += 1) {
      if (this.pages.get(page)?.generation === generation || this.loading.has(page)) continue;
      this.loading.add(page);
      this.read(page, asOf).then(
        ({ rows }) => {
          this.loading.delete(page);
          // Read for a state that is over: what came of it is shown until the next one comes.
          this.pages.set(page, { rows, generation });
          this.show({});
          if (generation !== this.generation) this.loadWanted();
        },
        (failure: unknown) => {
          this.loading.delete(page);
          this.fail(failure);
        },
      );
    }
  }

  private read(page: number, asOf: number | undefined): Promise<PageRead> {
    return this.get(this.filters, page + 1, asOf, this.controller.signal);
  }

  private fail(failure: unknown): void {
    if (this.controller.signal.aborted) return;
    if (!(failure instanceof Error) || failure.name !== 'RestFailure') throw failure;
    this.show({ failure });
  }

  private show(change: Partial<Omit<TripsShown, 'rowAt'>>): void {
    this.shown = this.picture({ ...this.shown, ...change });
    for (const listener of this.listeners) listener();
  }

  private picture(state: Omit<TripsShown, 'rowAt'>): TripsShown {
    return {
      ...state,
      rowAt: (row) => this.pages.get(Math.floor(row / PAGE_SIZE))?.rows[row % PAGE_SIZE],
    };
  }
}
