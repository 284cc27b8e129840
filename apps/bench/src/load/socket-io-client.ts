import { WebSocket, type Address } from './web-socket.js';

/** The namespaces that the benchmarks use. */
export type BenchNamespace = '/drivers' | '/passengers' | '/admin' | '/chat' | '/visitors';

/** The payload of CONNECT; for a bare server the query of the URL. */
export type Auth = Record<string, unknown>;

export interface ClientOptions {
  address: Omit<Address, 'path'>;
  namespace: BenchNamespace;
  /** False: a server that speaks WebSocket only; the frames look the same. */
  isSocketIo: boolean;
  auth: Auth;
  /** The event that says the server is done with the welcome; none: the answer to CONNECT. */
  readyEvent?: string;
}

export interface ClientListener {
  /** `43/drivers,` is passed: `at` points to the id. */
  onAck?(bytes: Buffer, at: number, end: number): void;
  /** `42/admin,` is passed: `at` points to the bracket. */
  onEvent?(bytes: Buffer, at: number, end: number): void;
  onClose(reason: string): void;
}

const MAX_LAST_WORDS = 300;
const CODE = { zero: 48, two: 50, three: 51, four: 52 } as const;

/** One client of one namespace in raw Engine.IO and Socket.IO packets. */
export class SocketIoClient {
  /** Resolves when the server has welcomed the client; rejects when it refused it. */
  readonly ready: Promise<void>;
  readonly webSocket: WebSocket;
  listener: ClientListener | undefined;
  isReady = false;
  /** What a server said that did not welcome the client. */
  private lastWords = '';
  private readonly prefixLength: number;
  private readonly readyPrefix: Buffer | undefined;
  private settle!: { resolve: () => void; reject: (error: Error) => void };

  constructor(private readonly options: ClientOptions) {
    const { address, namespace, isSocketIo, auth, readyEvent } = options;
    this.prefixLength = `42${namespace},`.length;
    this.readyPrefix = readyEvent === undefined ? undefined : Buffer.from(`["${readyEvent}"`);
    this.ready = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
    const path = isSocketIo
      ? '/socket.io/?EIO=4&transport=websocket'
      : `${namespace}?${queryOf(auth)}`;
    this.webSocket = new WebSocket(
      { ...address, path },
      {
        onOpen: () => {
          if (!isSocketIo) this.becomeReady();
        },
        onText: (bytes, start, end) => this.read(bytes, start, end),
        onClose: (reason) => {
          this.settle.reject(new Error(`${reason} ${this.lastWords}`.trim()));
          this.listener?.onClose(reason);
        },
      },
    );
  }

  get isOpen(): boolean {
    return this.webSocket.isOpen;
  }

  close(hard = false): void {
    this.webSocket.close(hard);
  }

  private read(bytes: Buffer, start: number, end: number): void {
    const engineType = bytes[start];
    if (engineType === CODE.four) this.readPacket(bytes, start, end);
    else if (engineType === CODE.two) this.webSocket.sendText('3');
    else if (engineType === CODE.zero) {
      this.webSocket.sendText(`40${this.options.namespace},${JSON.stringify(this.options.auth)}`);
    }
  }

  private readPacket(bytes: Buffer, start: number, end: number): void {
    const type = bytes[start + 1];
    const at = start + this.prefixLength;
    if (type === CODE.three) this.listener?.onAck?.(bytes, at, end);
    else if (type === CODE.two) {
      if (!this.isReady) this.readWelcome(bytes, at, end);
      this.listener?.onEvent?.(bytes, at, end);
    } else if (type === CODE.zero) {
      if (!this.readyPrefix) this.becomeReady();
    } else {
      this.settle.reject(new Error(bytes.toString('utf8', start, end)));
      this.close(true);
    }
  }

  private readWelcome(bytes: Buffer, at: number, end: number): void {
    const expected = this.readyPrefix;
    this.lastWords = bytes.toString('utf8', at, Math.min(end, at + MAX_LAST_WORDS));
    if (!expected || end - at < expected.length) return;
    if (bytes.compare(expected, 0, expected.length, at, at + expected.length) === 0)
      this.becomeReady();
  }

  private becomeReady(): void {
    this.isReady = true;
    this.settle.resolve();
  }
}

function queryOf(auth: Auth): string {
  const pairs = Object.entries(auth).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  return new URLSearchParams(pairs).toString();
}
