import { type Missed } from './book.js';
import { ConversationBook } from './chat/conversation-book.js';
import {
  Connection,
  type ConnectionMember,
  type ConnectionOptions,
} from './connection/connection.js';
import { type ConnectionState } from './connection/connection-state.js';
import { Link, type ClientNamespace, type LinkOptions } from './link.js';
import { refusal } from './result.js';
import { Store } from './store.js';
import { TripBook } from './trips/trip-book.js';

/** What a return to the server brought. */
export interface Resumed {
  /** True when everything that happened meanwhile was told. */
  nothingMissed: boolean;
  /** Of each trip that was followed. */
  trips: Record<string, Missed>;
  /** Of each conversation that was followed. */
  chats: Record<string, Missed>;
}

export type RideNamespace = '/drivers' | '/passengers' | '/admin';

/** A namespace that tells of trips. */
export class RideLink<N extends RideNamespace> extends Link<N> {
  readonly trips: TripBook;

  constructor(namespace: N, connection: Connection, options?: LinkOptions) {
    super(namespace, connection, options);
    this.trips = new TripBook(this.requestAny.bind(this), namespace === '/admin');
    this.join(this.trips);
  }
}

/** The namespace of conversations. */
export class ChatLink extends Link<'/chat'> {
  readonly conversations = new ConversationBook(this);

  constructor(...args: ConstructorParameters<typeof Link<'/chat'>>) {
    super(...args);
    this.join(this.conversations);
  }
}

/** What each namespace has. */
export type LinkOf<N extends ClientNamespace> = N extends RideNamespace
  ? RideLink<N>
  : N extends '/chat'
    ? ChatLink
    : Link<N>;

interface AnyLink extends ConnectionMember {
  trips?: TripBook;
  conversations?: ConversationBook;
}

type Report = Record<string, Missed>;

/** What a page hears of its network; React Native and Node have no such events. */
interface NetworkEvents {
  addEventListener?: (event: 'online', listener: () => void) => void;
  removeEventListener?: (event: 'online', listener: () => void) => void;
}

/**
 * The connection of an app to Ridewire: one, whatever namespaces it joins. Name the namespaces, then
 * `connect()`; the client gets tokens, comes back after every trouble that another try can mend, and
 * says what it missed.
 */
export class RidewireClient {
  readonly #connection: Connection;
  readonly #links = new Map<ClientNamespace, AnyLink>();
  readonly #resumed = new Store<Resumed | null>(null);
  #hasBeenReady = false;

  constructor(readonly options: ConnectionOptions) {
    this.#connection = new Connection(options);
    this.#connection.state.subscribe(() => this.#noteState());
  }

  /** As it is now: a new object with every change. */
  readonly getState = (): ConnectionState => this.#connection.state.get();

  /** @returns what ends it */
  readonly subscribe = (listener: () => void): (() => void) =>
    this.#connection.state.subscribe(listener);

  /** Resolves when everything is ready, or when the client is closed: look at `status`. */
  connect(): Promise<ConnectionState> {
    this.#connection.open();
    (globalThis as NetworkEvents).addEventListener?.('online', this.wake);
    return new Promise((resolve) => {
      const look = (): void => {
        const state = this.getState();
        const { status } = state;
        if (status !== 'ready' && status !== 'closed') return;
        end();
        resolve(state);
      };
      const end = this.subscribe(look);
      look();
    });
  }

  /** For good, until `connect()`. Requests that wait are answered with `CLOSED`. */
  close(): void {
    this.#connection.close();
  }

  /** Tries now what would be tried later: call it when the app comes to the front. */
  readonly wake = (): void => this.#connection.wake();

  /**
   * Leaves the connection and comes back by another one, as after a loss: for an app that sees that
   * its server does not answer before the connection breaks.
   */
  reconnect(): void {
    this.#connection.lose(refusal('CONNECTION_LOST'));
  }

  /** Told after each return, once everything is up to date. @returns what ends it */
  onResumed(listener: (resumed: Resumed) => void): () => void {
    return this.#resumed.subscribe(() => listener(this.#resumed.get()!));
  }

  drivers(): RideLink<'/drivers'> {
    return this.namespace('/drivers');
  }

  passengers(): RideLink<'/passengers'> {
    return this.namespace('/passengers');
  }

  /** @param options `auth` may name `feed` and `viewport` */
  admin(options?: LinkOptions): RideLink<'/admin'> {
    return this.namespace('/admin', options);
  }

  chat(): ChatLink {
    return this.namespace('/chat');
  }

  /** Any namespace; the same object each time. @param options count the first time */
  namespace<N extends ClientNamespace>(name: N, options?: LinkOptions): LinkOf<N> {
    let link = this.#links.get(name);
    if (!link) {
      link = makeLink(name, this.#connection, options);
      this.#links.set(name, link);
      this.#connection.add(link);
    }
    return link as unknown as LinkOf<N>;
  }

  #noteState(): void {
    const { status } = this.getState();
    if (status === 'closed') {
      this.#hasBeenReady = false;
      (globalThis as NetworkEvents).removeEventListener?.('online', this.wake);
    }
    if (status !== 'ready') return;
    const isReturn = this.#hasBeenReady;
    this.#hasBeenReady = true;
    if (!isReturn) return;
    const reportOf = (book: 'trips' | 'conversations'): Report =>
      Object.assign({}, ...[...this.#links.values()].map((link) => link[book]?.report())) as Report;
    const [trips, chats] = [reportOf('trips'), reportOf('conversations')];
    const all = Object.values({ ...trips, ...chats });
    const nothingMissed = all.every((missed) => missed === 'nothing');
    this.#resumed.set({ nothingMissed, trips, chats });
  }
}

function makeLink(name: ClientNamespace, connection: Connection, options?: LinkOptions): AnyLink {
  if (name === '/chat') return new ChatLink(name, connection, options);
  if (/drivers|passengers|admin/.test(name))
    return new RideLink(name as RideNamespace, connection, options);
  return new Link(name, connection, options);
}
