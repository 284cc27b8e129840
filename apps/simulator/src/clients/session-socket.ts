import { io, type Socket } from 'socket.io-client';
import {
  SessionRequest,
  type ConnectionClosing,
  type Namespace,
  type SessionClientToServer,
  type SessionServerToClient,
} from '#libs/contracts';
import { type SessionTokens } from './session-tokens.js';

/** The part of a socket that every namespace has. */
export type AnySocket = Socket<SessionServerToClient, SessionClientToServer>;

const COME_BACK_AFTER_MS = 1_000;
const COME_BACK_SPREAD_MS = 1_000;
const REFRESH_SPREAD_MS = 20_000;
/** What the server says of a token that a fresh one mends. */
const MENDED_BY_REFRESH: ReadonlySet<string> = new Set(['TOKEN_EXPIRED']);

export interface SocketTrouble {
  /** Something went wrong; the socket looks after itself where it can. */
  onTrouble: (what: string) => void;
}

/** Opens a socket of its own connection; it does not connect before `connect()`. */
export function openSocket(
  server: string,
  namespace: Namespace,
  tokens: SessionTokens,
  handshake: Record<string, unknown> = {},
): AnySocket {
  return io(server + namespace, {
    transports: ['websocket'],
    forceNew: true,
    autoConnect: false,
    reconnectionDelay: 500,
    reconnectionDelayMax: 5_000,
    auth: (send) => send({ ...handshake, token: tokens.accessToken }),
  });
}

/**
 * Keeps a socket in its session: swaps the token in-band before it ends and comes back after a
 * refusal that is worth another try.
 */
export class SessionKeeper {
  private closing: ConnectionClosing | undefined;
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopped = false;

  constructor(
    private readonly socket: AnySocket,
    private readonly tokens: SessionTokens,
    private readonly trouble: SocketTrouble,
  ) {
    socket.on('auth:expiring', ({ inMs }) => {
      // Sessions that began together would all refresh in the same moment.
      this.later(Math.random() * Math.min(inMs / 2, REFRESH_SPREAD_MS), () => this.swapToken());
    });
    socket.on('connection:closing', (notice) => (this.closing = notice));
    socket.on('auth:session_revoked', ({ reason }) => trouble.onTrouble(`revoked: ${reason}`));
    socket.on('connect', () => (this.closing = undefined));
    socket.on('disconnect', (reason) => {
      if (reason === 'io server disconnect') this.considerReturn(this.closing);
    });
    socket.on('connect_error', (error) => {
      const refusal = (error as Error & { data?: Partial<ConnectionClosing> }).data;
      trouble.onTrouble(refusal?.code ?? error.message);
      if (!socket.active) this.considerReturn(refusal);
    });
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private async swapToken(): Promise<void> {
    await this.tokens.refresh();
    if (this.stopped || !this.socket.connected) return;
    this.socket.emit(SessionRequest.authRefresh, { token: this.tokens.accessToken }, (answer) => {
      if (!answer.ok) this.trouble.onTrouble(`auth:refresh: ${answer.error.code}`);
    });
  }

  private considerReturn(refusal: Partial<ConnectionClosing> | undefined): void {
    if (!refusal?.code || !refusal.retryable) {
      this.trouble.onTrouble(`cut: ${refusal?.code ?? 'no reason given'}`);
      return;
    }
    const needsToken = MENDED_BY_REFRESH.has(refusal.code);
    const delayMs =
      (refusal.retryAfterMs ?? COME_BACK_AFTER_MS) + Math.random() * COME_BACK_SPREAD_MS;
    this.later(needsToken ? 0 : delayMs, () => this.connect(needsToken));
  }

  /** Connects with a token that lasts a while. */
  async connect(forceRefresh = false): Promise<void> {
    if (forceRefresh || !this.tokens.isFresh) await this.tokens.refresh();
    if (!this.stopped) this.socket.connect();
  }

  private later(delayMs: number, action: () => Promise<void>): void {
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      action().catch((error: unknown) => {
        if (!this.stopped)
          this.trouble.onTrouble(error instanceof Error ? error.message : String(error));
      });
    }, delayMs);
    this.timers.add(timer);
  }
}
