import { RestFailure } from '../session/rest-failure.js';
import { type ShownTrip } from './admin-trip.js';

/** The server gives no more at once. */
export const PAGE_SIZE = 100;
/** A busy fleet changes all the time: the list is read at most so often. */
const RENEW_EVERY_MS = 2_000;

export interface PageRead {
  rows: readonly ShownTrip[];
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
  rows: readonly ShownTrip[];
  /** Of which state of the list it is. */
  generation: number;
}

export interface TripsShown {
  /** Undefined until it is known. */
  total: number | undefined;
  /** False when a search did not look at all trips. */
  isComplete: boolean;
  failure: UnreadTrips | undefined;
  rowAt: (row: number) => ShownTrip | undefined;
}

/** What could not be read of what is looked at. */
export interface UnreadTrips {
  cause: RestFailure;
  /** The first and the last one; absent where it was not known what there is now. */
  rows?: [first: number, last: number];
}

/**
 * A list of trips that is longer than an answer: pages are read when they are looked at, all of one
 * state of the list, and read again, without a gap, when something has happened.
 */
export class TripPages {
  private pages = new Map<number, LoadedPage>();
  /** Pages that could not be read when they were looked at last. */
  private readonly unread = new Map<number, RestFailure>();
  private unrenewed: RestFailure | undefined;
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
    this.shown = this.picture({ total: undefined, isComplete: true });
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
    if (this.unread.size > 0) this.show({});
  }

  /** What could not be read is asked for once more. */
  again(): void {
    if (this.unrenewed) void this.renew();
    else this.loadWanted();
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
      this.unrenewed = undefined;
      this.unread.delete(page);
      this.show({ total, isComplete });
      this.loadWanted();
    } catch (error) {
      const failure = this.refusal(error);
      if (!failure) return;
      this.unrenewed = failure;
      this.show({});
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
          this.unread.delete(page);
          this.show({});
          if (generation !== this.generation) this.loadWanted();
        },
        (error: unknown) => {
          this.loading.delete(page);
          const failure = this.refusal(error);
          if (!failure) return;
          this.unread.set(page, failure);
          this.show({});
        },
      );
    }
  }

  private read(page: number, asOf: number | undefined): Promise<PageRead> {
    return this.get(this.filters, page + 1, asOf, this.controller.signal);
  }

  /** Undefined for what was given up here. */
  private refusal(error: unknown): RestFailure | undefined {
    if (this.controller.signal.aborted) return undefined;
    if (!(error instanceof RestFailure)) throw error;
    return error;
  }

  private failure(): UnreadTrips | undefined {
    const { unread, unrenewed: cause } = this;
    if (cause) return { cause };
    const [first, last] = this.wanted;
    const pages = [...unread.keys()].filter((page) => page >= first && page <= last);
    const [lowest, highest] = [Math.min(...pages), Math.max(...pages)];
    const failure = unread.get(lowest);
    if (!failure) return undefined;
    const end = Math.min((highest + 1) * PAGE_SIZE, this.shown.total ?? Infinity) - 1;
    return { cause: failure, rows: [lowest * PAGE_SIZE, end] };
  }

  private show(change: Partial<Pick<TripsShown, 'total' | 'isComplete'>>): void {
    this.shown = this.picture({ ...this.shown, ...change });
    for (const listener of this.listeners) listener();
  }

  private picture(state: Pick<TripsShown, 'total' | 'isComplete'>): TripsShown {
    return {
      ...state,
      failure: this.failure(),
      rowAt: (row) => this.pages.get(Math.floor(row / PAGE_SIZE))?.rows[row % PAGE_SIZE],
    };
  }
}
