import { io, type Socket } from 'socket.io-client';
import { CheckFailure, short } from '../check-socket.js';

const DEADLINE_MS = 8_000;
const POLL_MS = 20;

export type Said = Record<string, unknown>;

/** A client as the older systems have it: Socket.IO and nothing else, but for namespace and token. */
export class SeedClient {
  private readonly heard: { event: string; payload: unknown }[] = [];
  private refusal: string | undefined;
  private isConnected = false;

  private constructor(
    readonly namespace: string,
    private readonly socket: Socket,
  ) {
    socket.on('connect', () => (this.isConnected = true));
    socket.on('disconnect', () => (this.isConnected = false));
    socket.on('connect_error', (error) => (this.refusal = error.message));
    socket.onAny((event: string, payload: unknown) => this.heard.push({ event, payload }));
  }

  /** @param auth the token of an account, or what a guest shows */
  static async open(
    server: { url: string; path: string },
    namespace: string,
    auth: Record<string, string> = {},
  ): Promise<SeedClient> {
    const { url, path } = server;
    const options = { auth, path, forceNew: true, reconnection: false };
    const client = new SeedClient(namespace, io(`${url}${namespace}`, options));
    await client.until(() => client.isConnected || undefined, 'it did not connect');
    return client;
  }

  get isOpen(): boolean {
    return this.isConnected;
  }

  emit(event: string, payload: unknown): void {
    this.socket.emit(event, payload);
  }

  async ask(event: string, payload?: unknown): Promise<Said> {
    try {
      return (await this.socket.timeout(DEADLINE_MS).emitWithAck(event, payload)) as Said;
    } catch {
      throw new CheckFailure(`${this.namespace}: ${event} was not answered.`);
    }
  }

  told(event: string): unknown[] {
    return this.heard.filter((each) => each.event === event).map(({ payload }) => payload);
  }

  /** Waits for an event that has these fields, or whose payload is just that. */
  async hears(event: string, expected: unknown, deadlineMs = DEADLINE_MS): Promise<Said> {
    const fits = (payload: unknown): boolean =>
      typeof expected === 'object' && expected !== null
        ? Object.entries(expected).every(([name, value]) => (payload as Said)?.[name] === value)
        : payload === expected;
    const look = () => this.told(event).find(fits) as Said | undefined;
    const otherwise = () =>
      `no ${event} ${short(expected)} came, but ${short(this.told(event)) || 'nothing'}`;
    return this.until(look, otherwise, deadlineMs);
  }

  async until<T>(
    look: () => T | undefined,
    otherwise: string | (() => string),
    deadlineMs = DEADLINE_MS,
  ): Promise<T> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.refusal !== undefined)
        throw new CheckFailure(`${this.namespace} refused the connection: ${this.refusal}`);
      if (performance.now() > deadline) {
        const what = typeof otherwise === 'string' ? otherwise : otherwise();
        throw new CheckFailure(`${this.namespace}: ${what} within ${deadlineMs / 1_000} s.`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  close(): void {
    this.socket.disconnect();
  }
}

/** @throws CheckFailure unless the answer has these fields */
export function expectAnswer(answer: Said, expected: Said): void {
  for (const [name, value] of Object.entries(expected))
    if (answer[name] !== value)
      throw new CheckFailure(`${name} is ${short(answer[name])}, not ${short(value)}.`);
}
