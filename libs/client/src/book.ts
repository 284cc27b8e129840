import { Store } from './store.js';

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

interface Entry<S> {
  state: Store<S>;
  watchers: number;
}

/** Trips or conversations by their ids: states that change as a whole, of which some are watched. */
export abstract class Book<S extends Page> {
  readonly #entries = new Map<string, Entry<S>>();
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

  /** Follows it, and asks for it if nothing is known of it. @returns what ends it */
  watch(id: string, listener: () => void): () => void {
    const entry = this.#entryOf(id);
    const end = entry.state.subscribe(listener);
    entry.watchers += 1;
    if (entry.watchers === 1) this.begin(id);
    return () => {
      end();
      entry.watchers -= 1;
      if (entry.watchers === 0) this.end(id);
    };
  }

  /** What became of each that was named on the last return. */
  report(): Record<string, Missed> {
    return this.#named;
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
    return { [this.#field]: versions.length > 0 ? Object.fromEntries(versions) : undefined };
  }

  protected abstract isNamed(state: S): boolean;

  /** There is a first watcher. */
  protected abstract begin(id: string): void;

  /** There is no watcher any more. */
  protected end(_id: string): void {}

  protected put(id: string, change: Partial<S>): void {
    const { state } = this.#entryOf(id);
    state.set({ ...state.get(), ...change });
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

  #entryOf(id: string): Entry<S> {
    const known = this.#entries.get(id);
    if (known) return known;
    for (const [other, { watchers }] of this.#entries) {
      if (this.#entries.size < 2 * this.#most) break;
      if (watchers === 0) this.forget(other);
    }
    const entry = { state: new Store(this.#empty(id)), watchers: 0 };
    this.#entries.set(id, entry);
    return entry;
  }
}
