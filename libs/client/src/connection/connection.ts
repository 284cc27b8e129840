import { Manager, type ManagerOptions, type Socket } from 'socket.io-client';
import { type AuthExpiring, type ConnectionClosing } from '#libs/contracts/browser';
import { Store } from '../store.js';
import { readRefusal, refusal, type ClientCode, type Refusal } from '../result.js';
import { backoffMs } from '../waiting.js';
import { type ConnectionState, type ConnectionStatus } from './connection-state.js';
import { SessionEnded, TokenKeeper, type GetToken } from './token-keeper.js';

export interface ConnectionOptions {
  /** Of the server, without a namespace, e.g. `https://rides.example.com`. */
  url: string;
  /** Absent for a guest. */
  getToken?: GetToken;
  /** How long a try may take until the server has greeted. Default 20 s. */
  connectTimeoutMs?: number;
  /** Of Socket.IO, e.g. `path`, `transports` or `extraHeaders`. */
  socket?: Partial<ManagerOptions>;
}

/** A namespace on the connection. */
export interface ConnectionMember {
  readonly namespace: string;
  /** What it says beside the token when it connects. */
  auth(): Record<string, unknown>;
  attach(socket: Socket): void;
  detach(): void;
  /** The server has greeted it, and it has caught up. */
  readonly isReady: boolean;
  renew(token: string): Promise<Refusal | undefined>;
}

const CONNECT_TIMEOUT_MS = 20_000;
/** A connection that held so long was a good one: what comes after it is a new trouble. */
const STABLE_AFTER_MS = 5_000;
/** Sessions that began together would all refresh in the same moment. */
const RENEW_SPREAD_MS = 20_000;
/** Tries to get a token come as after so many failures: within 8 s. */
const RENEW_PACE = 3;

/**
 * One transport to the server for all namespaces: opens it, knows why it was lost, and comes back
 * until that cannot help.
 */
export class Connection {
  readonly state = new Store<ConnectionState>({
    status: 'closed',
    reason: null,
    retryAt: null,
  });
  readonly tokens: TokenKeeper;
  readonly #members: ConnectionMember[] = [];
  readonly #sockets: Socket[] = [];
  #manager: Manager | undefined;
  /** The one that this transport connects with. */
  #token: string | undefined;
  #isWanted = false;
  /** Counts tries: whatever comes of an older one is not heeded. */
  #run = 0;
  #failures = 0;
  #wasReady = false;
  /** Epoch milliseconds; 0 while it is not. */
  #readySince = 0;
  #closing: ConnectionClosing | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #renewTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.tokens = new TokenKeeper(options.getToken);
  }

  open(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#failures = 0;
    this.#wasReady = false;
    this.#change('connecting');
    void this.#attempt();
  }

  /** Ends everything; `open` begins anew. */
  close(reason: Refusal = refusal('CLOSED')): void {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    this.#drop();
    this.#change('closed', reason);
  }

  /** Tries now what would be tried later: the network is back, or the app is in front again. */
  wake(): void {
    if (!this.#retryTimer) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    void this.#attempt();
  }

  add(member: ConnectionMember): void {
    this.#members.push(member);
    if (this.#manager) this.#enter(member, this.#manager);
    else if (this.#isWanted && !this.#members[1]) void this.#attempt();
  }

  /** A member is ready. */
  noteReady(): void {
    if (this.state.get().status === 'ready' || !this.#members.every(({ isReady }) => isReady))
      return;
    clearTimeout(this.#watchdog);
    this.#readySince = Date.now();
    this.#wasReady = true;
    this.#change('ready');
  }

  /** The token ends soon: swaps it in-band some time before that. */
  renewSoon({ inMs }: AuthExpiring): void {
    if (this.#renewTimer) return;
    const delayMs = Math.random() * Math.min(inMs / 2, RENEW_SPREAD_MS);
    this.#renewTimer = setTimeout(() => void this.#renew(this.#run), delayMs);
  }

  /** Leaves this transport and takes another one, e.g. because the server fell silent. */
  lose(reason: Refusal, run = this.#run): void {
    if (run !== this.#run || !this.#isWanted) return;
    this.#drop();
    const isFirst = this.#readySince > 0;
    if (isFirst && Date.now() - this.#readySince > STABLE_AFTER_MS) this.#failures = 0;
    this.#readySince = 0;
    const isExpired = reason.code === 'TOKEN_EXPIRED';
    const isTokenOnly = isExpired && !this.tokens.isFresh;
    if (isExpired) this.tokens.expire();
    // A second connection of the same kind is a race that another try ends.
    else if (!reason.retryable && reason.code !== 'ALREADY_CONNECTED') return this.close(reason);
    const delayMs = isTokenOnly ? 0 : backoffMs(this.#failures, reason.retryAfterMs);
    this.#failures += 1;
    const { status } = this.state.get();
    const next = isFirst ? 'resuming' : isTokenOnly ? status : 'offline';
    this.#change(next, reason, Date.now() + delayMs);
    this.#retryTimer = setTimeout(() => this.wake(), delayMs);
  }

  async #attempt(): Promise<void> {
    if (!this.#members[0]) return;
    const run = ++this.#run;
    const isCurrent = (): boolean => run === this.#run && this.#isWanted;
    const { status, reason } = this.state.get();
    this.#change(status, reason);
    let missing: ClientCode = 'TOKEN_UNAVAILABLE';
    const { connectTimeoutMs = CONNECT_TIMEOUT_MS } = this.#options;
    this.#watchdog = setTimeout(() => {
      if (missing === 'TOKEN_UNAVAILABLE') this.tokens.giveUp();
      this.lose(refusal(missing), run);
    }, connectTimeoutMs);
    let token: string | undefined;
    try {
      token = await this.tokens.usable();
    } catch (error) {
      return this.lose(reasonOfToken(error), run);
    }
    if (!isCurrent()) return;
    missing = 'NO_GREETING';
    this.#connect(run, token);
  }

  #connect(run: number, token: string | undefined): void {
    this.#closing = undefined;
    this.#token = token;
    const manager = new Manager(this.#options.url, {
      transports: ['websocket', 'polling'],
      // A proxy that lets no WebSocket through; and by polling a refusal says why.
      tryAllTransports: true,
      ...this.#options.socket,
      reconnection: false,
      autoConnect: false,
    });
    this.#manager = manager;
    let isOpen = false;
    manager.on('open', () => {
      isOpen = true;
      const { status, reason } = this.state.get();
      if (status !== 'offline') return;
      this.#change(this.#wasReady ? 'resuming' : 'connecting', reason);
    });
    manager.on('error', (error) => {
      if (!isOpen) this.lose(reasonOfTransport(error), run);
    });
    manager.on('close', (reason) => {
      // The last socket was refused or sent away, and says itself why.
      if (reason !== 'forced close') this.lose(this.#whyClosed(), run);
    });
    for (const member of this.#members) this.#enter(member, manager);
  }

  #enter(member: ConnectionMember, manager: Manager): void {
    const run = this.#run;
    const socket = manager.socket(member.namespace, {
      auth: (send: (data: object) => void) =>
        send({ ...member.auth(), ...(this.#token && { token: this.#token }) }),
    });
    this.#sockets.push(socket);
    socket.on('connect_error', (error: Error & { data?: unknown }) => {
      // Socket.IO sets `data`, if only to undefined, on what the server answered and on nothing else.
      if (!Object.hasOwn(error, 'data')) return;
      const otherwise = refusal('CONNECTION_LOST', error.message);
      this.lose(readRefusal(error.data, otherwise), run);
    });
    socket.on('disconnect', (reason) => {
      if (reason === 'io server disconnect') this.lose(this.#whyClosed(), run);
    });
    socket.on('connection:closing', (notice: ConnectionClosing) => (this.#closing = notice));
    member.attach(socket);
    socket.connect();
  }

  #whyClosed(): Refusal {
    return readRefusal(this.#closing, refusal('CONNECTION_LOST'));
  }

  /** Ends the transport and everything that waits for it. */
  #drop(): void {
    this.#run += 1;
    for (const timer of [this.#retryTimer, this.#watchdog, this.#renewTimer]) clearTimeout(timer);
    this.#retryTimer = this.#watchdog = this.#renewTimer = undefined;
    this.#manager?.off();
    this.#manager = undefined;
    for (const socket of this.#sockets.splice(0)) {
      // What Socket.IO keeps for a return of this socket would wait in vain.
      socket.sendBuffer = [];
      socket.disconnect();
      socket.off().offAny();
    }
    for (const member of this.#members) member.detach();
  }

  async #renew(run: number): Promise<void> {
    const isCurrent = (): boolean => run === this.#run;
    try {
      const token = await this.tokens.renew('expiring');
      if (!isCurrent()) return;
      this.#token = token;
      this.#renewTimer = undefined;
      const refused = await Promise.all(this.#members.map((member) => member.renew(token)));
      const final = refused.find((each) => each && !each.retryable);
      // E.g. the token is of a new session: connecting with it tells.
      if (final) this.lose({ ...final, retryable: true }, run);
    } catch (error) {
      if (!isCurrent()) return;
      const reason = reasonOfToken(error);
      if (!reason.retryable) return this.close(reason);
      // The server closes with TOKEN_EXPIRED when none of these tries helps.
      this.#renewTimer = setTimeout(() => void this.#renew(run), backoffMs(RENEW_PACE));
    }
  }

  #change(
    status: ConnectionStatus,
    reason: Refusal | null = null,
    retryAt: number | null = null,
  ): void {
    this.state.set({ status, reason, retryAt });
  }
}

function reasonOfToken(error: unknown): Refusal {
  if (!(error instanceof SessionEnded)) return refusal('TOKEN_UNAVAILABLE');
  return { code: error.code, message: error.message, retryable: false };
}

/**
 * Why a transport did not open: Engine.IO's answer to a poll says why and when to come again, a
 * WebSocket says nothing.
 */
function reasonOfTransport({ context }: Error & { context?: unknown }): Refusal {
  try {
    const { responseText } = context as { responseText: string };
    const { reason, ...answer } = JSON.parse(responseText) as { reason?: string };
    // Whatever the transport is refused for, another try is a new connection.
    return { ...readRefusal({ ...answer, code: reason }, refusal('OFFLINE')), retryable: true };
  } catch {
    return refusal('OFFLINE');
  }
}
