import { type RequestOptions } from './link.js';
import { type Result } from './result.js';
import { Store } from './store.js';
import { backoffMs, pause } from './waiting.js';

/** What a return brought of a trip or a conversation. */
export type Missed =
  /** Everything that happened meanwhile was told, once and in order. */
  | 'nothing'
  /** Some of it is not kept any more: the state is right, the way there is unknown. */
  | 'some'
  /** It is not kept any more, or not this person's. */
  | 'gone';

/** What every page of a book has. */
export interface Page {
  /** Of the newest event that was heard; 0 for none. */
  version: number;
  /** What the last return brought; null before the first one. */
  missed: Missed | null;
}

/** Something that happened, as the server tells it. */
export interface Told<Fact> {
  event: string;
  fact: Fact;
}

interface Entry<S, Fact> {
  state: Store<S>;
  watchers: number;
  /** Came before the state that they change: the oldest first. */
  early: Told<Fact>[];
  /** Ends asking for it; stays when it is known or gone. */
  search?: AbortController | undefined;
}

/** More of them are not kept for a state that does not come. */
const MAX_EARLY = 1_000;

/** Trips or conversations by their ids: states that change as a whole, of which some are watched. */
export abstract class Book<S extends Page, Fact extends object> {
  readonly #entries = new Map<string, Entry<S, Fact>>();
  readonly #empty: (id: string) => S;
  readonly #field: string;
  readonly #most: number;
  /** Those that the server was told of on this connection, and whether it could go on with them. */
  #named: Record<string, Missed> = {};

  /**
   * @param field of `auth` in which they are named
   * @param most so many are named to the server at once; twice as many are remembered
   */
  constructor(empty: (id: string) => S, field: string, most: number) {
    this.#field = field;
    this.#empty = empty;
    this.#most = most;
  }

  /** Whether anything is known of it; else `look` gives an empty state. */
  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /** What is known of it now. */
  look(id: string): S {
    return this.#entries.get(id)?.state.get() ?? this.#empty(id);
  }

  /**
   * Follows it, and asks for it if nothing is known of it: until it is known, refused for good, or not
   * watched any more.
   * @returns what ends it
   */
  watch(id: string, listener: () => void): () => void {
    const entry = this.#entryOf(id);
    const end = entry.state.subscribe(listener);
    entry.watchers += 1;
    if (!entry.search) void this.#search(id, entry);
    return () => {
      end();
      entry.watchers -= 1;
      if (entry.watchers > 0) return;
      entry.search?.abort();
      entry.search = undefined;
      this.end(id);
    };
  }

  /** What became of each that was named on the last return. */
  report(): Record<string, Missed> {
    return this.#named;
  }

  /** What was refused, e.g. because the client was closed, is asked for again; what is gone is not. */
  ready(): void {
    for (const [id, entry] of this.#entries)
      if (entry.watchers > 0 && !entry.search) void this.#search(id, entry);
  }

  /** All that is known, what was heard of first comes first. */
  all(): S[] {
    return [...this.#entries.values()].map(({ state }) => state.get());
  }

  /** Names the newest of them to the server, with the event after which it is to go on. */
  auth(): Record<string, unknown> {
    const named = [...this.#entries].filter(([, { state }]) => this.isNamed(state.get()));
    const newest = named.slice(-this.#most);
    this.#named = Object.fromEntries(newest.map(([id]) => [id, 'nothing']));
    const versions = newest.map(([id, { state }]) => [id, state.get().version]);
    return { [this.#field]: newest[0] && Object.fromEntries(versions) };
  }

  protected abstract isNamed(state: S): boolean;

  /** Somebody watches it: asks for what is not known of it. */
  protected abstract begin(
    id: string,
    options: RequestOptions,
  ): Promise<Result<unknown> | undefined>;

  protected isWatched(id: string): boolean {
    return !!this.#entries.get(id)?.watchers;
  }

  /** There is no watcher any more. */
  protected end(_id: string): void {}

  protected put(id: string, change: Partial<S>): void {
    const { state } = this.#entryOf(id);
    state.set({ ...state.get(), ...change });
  }

  /** The state that this changes is in an answer that has not come yet, and that may be older. */
  protected keepEarly(id: string, told: Told<Fact>): void {
    const { early } = this.#entryOf(id);
    early.push(told);
    if (early.length > MAX_EARLY) early.shift();
  }

  /** What was kept of it, the oldest first; nothing is kept afterwards. */
  protected takeEarly(id: string): Told<Fact>[] {
    return this.#entries.get(id)?.early.splice(0) ?? [];
  }

  /** Whoever watches it is told when there is no such thing for this person. */
  protected note<R extends Result<unknown>>(id: string, answer: R): R {
    if (!answer.ok && answer.error.code === 'NOT_FOUND') this.put(id, { missed: 'gone' } as S);
    return answer;
  }

  protected forget(id: string): void {
    this.#entries.delete(id);
  }

  /** The server could not go on with one that was named. */
  protected lack(id: string, missed: Missed): void {
    if (id in this.#named) this.#named[id] = missed;
  }

  /** What was missed has been told. */
  protected resumed(): void {
    for (const [id, missed] of Object.entries(this.#named)) {
      if (this.has(id)) this.put(id, { missed } as S);
    }
  }

  async #search(id: string, entry: Entry<S, Fact>): Promise<void> {
    const search = (entry.search = new AbortController());
    for (let failures = 0; ; failures += 1) {
      const result = await this.begin(id, { deadlineMs: Infinity, signal: search.signal });
      if (entry.search !== search || !result || result.ok) return;
      const { code, retryable } = result.error;
      if (!retryable) {
        if (code !== 'NOT_FOUND') entry.search = undefined;
        return;
      }
      await pause(backoffMs(failures), search.signal);
    }
  }

  #entryOf(id: string): Entry<S, Fact> {
    let entry = this.#entries.get(id);
    if (entry) return entry;
    for (const [other, { watchers }] of this.#entries) {
      if (this.#entries.size < 2 * this.#most) break;
      if (watchers === 0) this.forget(other);
    }
    entry = { state: new Store(this.#empty(id)), watchers: 0, early: [] };
    this.#entries.set(id, entry);
    return entry;
  }
}
