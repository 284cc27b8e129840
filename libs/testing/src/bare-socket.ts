import { io, type Socket } from 'socket.io-client';
import { type Ack, type Namespace } from '#libs/contracts';
import { ToldClient, type RequestName } from './told-client.js';
import { PATIENCE_MS } from './until.js';

/**
 * Socket.IO and nothing else, for what `AppClient` does by itself or hides: how a connection is refused
 * and how it ends, each answer to a request, clients of older systems. It comes back from nothing.
 */
export class BareSocket extends ToldClient {
  /** `connect_error` as it came: message and data. */
  refusals: { message: string; data?: { code: string; retryable: boolean } }[] = [];
  disconnectReason: string | undefined;

  constructor(readonly socket: Socket) {
    super();
    socket.onAny((event: string, payload: unknown) => this.received.push({ event, payload }));
    socket.on('connect_error', (error: Error & { data?: { code: string; retryable: boolean } }) => {
      this.refusals.push({ message: error.message, ...(error.data ? { data: error.data } : {}) });
    });
    socket.on('disconnect', (reason) => (this.disconnectReason = reason));
  }

  static open(
    url: string,
    namespace: Namespace | '/' | `/${string}`,
    auth: Record<string, unknown>,
    options: Parameters<typeof io>[1] = {},
  ): BareSocket {
    const socket = io(`${url}${namespace}`, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth,
      ...options,
    });
    return new BareSocket(socket);
  }

  get isConnected(): boolean {
    return this.socket.connected;
  }

  send(event: RequestName, payload: unknown): void {
    this.socket.emit(event, payload);
  }

  request<T>(event: RequestName, ...args: unknown[]): Promise<Ack<T>> {
    return this.requestAnything(event, ...args);
  }

  /** What a test asks for that is in no contract: to be refused. */
  async requestAnything<T>(event: string, ...args: unknown[]): Promise<Ack<T>> {
    return (await this.socket.timeout(PATIENCE_MS).emitWithAck(event, ...args)) as Ack<T>;
  }

  /** Sends without waiting; the answers gather in the list, however many come. */
  answersTo(event: string, payload: unknown): unknown[][] {
    const answers: unknown[][] = [];
    this.socket.emit(event, payload, (...answer: unknown[]) => answers.push(answer));
    return answers;
  }

  close(): void {
    this.socket.disconnect();
  }
}
