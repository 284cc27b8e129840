import { io, type Socket } from 'socket.io-client';
import { type Ack, type Hello, FixVerdict, type LocationPingResult } from '#libs/contracts';

/** What a check of a started server ends with when the server does not do as it should. */
export class CheckFailure extends Error {}

export type Say = (line: string) => void;

export interface CheckTarget {
  /** Where the sockets go, without the namespace. */
  server: string;
  path: string;
  namespace: string;
  token: string;
  handshake?: Record<string, unknown>;
}

const STEP_DEADLINE_MS = 8_000;

/** One socket that turns every way of failing into a sentence. Untyped as an old client is. */
export class CheckSocket {
  private readonly socket: Socket;
  private readonly received = new Map<string, unknown[]>();
  private expectsClose = false;
  private failure: CheckFailure | undefined;

  private constructor(
    private readonly target: CheckTarget,
    private readonly say: Say,
  ) {
    this.socket = io(target.server + target.namespace, {
      path: target.path,
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      auth: { ...target.handshake, token: target.token },
    });
    this.socket.onAny((event: string, ...payload: unknown[]) => {
      if (!this.received.has(event)) this.received.set(event, payload);
      if (event === 'hello') this.say(`hello ${short(payload[0])}`);
    });
    this.socket.on('disconnect', (reason) => {
      if (this.expectsClose) return;
      this.failure = new CheckFailure(`${target.namespace} was disconnected: ${reason}.`);
    });
  }

  /**
   * Connects and waits for the greeting.
   * @param listen called before it connects, for events that follow the greeting at once
   */
  static async open(
    target: CheckTarget,
    say: Say,
    listen?: (socket: CheckSocket) => void,
  ): Promise<CheckSocket> {
    const check = new CheckSocket(target, say);
    try {
      listen?.(check);
      await check.untilConnected();
      await check.expectHello();
      return check;
    } catch (error) {
      check.close();
      throw error;
    }
  }

  /** Says every event that comes from now on and whose name the filter lets through. */
  print(isShown: (event: string) => boolean = () => true): void {
    this.socket.onAny((event: string, ...payload: unknown[]) => {
      if (event !== 'hello' && isShown(event)) this.say(`<- ${event} ${short(payload[0])}`);
    });
  }

  /** Sends a request; resolves with the data of its ack. */
  async request(event: string, payload: unknown): Promise<unknown> {
    this.say(`-> ${event} ${short(payload)}`);
    const answer = await this.answerOf(event, payload);
    if (answer?.ok !== true) {
      const { code, message } = answer?.ok === false ? answer.error : {};
      throw new CheckFailure(
        `${event} was refused: ${code ?? short(answer)} ${message ?? ''}`.trim(),
      );
    }
    this.say(`   ack ${short(answer)}`);
    return answer.data;
  }

  /** Resolves with the first such event, also when it has come already. */
  async expectEvent(event: string): Promise<unknown> {
    return (await this.waitFor(() => this.received.get(event), `no ${event} came`))[0];
  }

  /** @param listener gets what acknowledges the event, where the server waits for that */
  on(event: string, listener: (payload: unknown, received?: () => void) => void): void {
    this.socket.on(event, listener);
  }

  async waitFor<T>(
    look: () => T | undefined,
    otherwise: string,
    deadlineMs = STEP_DEADLINE_MS,
  ): Promise<T> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      this.assertAlive();
      const found = look();
      if (found !== undefined) return found;
      if (performance.now() > deadline) {
        throw new CheckFailure(
          `${this.target.namespace}: ${otherwise} within ${deadlineMs / 1_000} s.`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  assertAlive(): void {
    if (this.failure) throw this.failure;
  }

  close(): void {
    this.expectsClose = true;
    this.socket.disconnect();
  }

  private untilConnected(): Promise<void> {
    const { server, namespace } = this.target;
    this.say(`connecting to ${server}${namespace}`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new CheckFailure(`${server} did not answer within ${STEP_DEADLINE_MS / 1_000} s.`));
      }, STEP_DEADLINE_MS);
      this.socket.once('connect', () => {
        clearTimeout(timer);
        this.say(`connected as ${this.socket.id}`);
        resolve();
      });
      this.socket.once('connect_error', (error) => {
        clearTimeout(timer);
        const sentence = isAnswer(error)
          ? `${namespace} refused the connection: ${[error.data?.code, error.message].filter(Boolean).join(': ')}`
          : `${server} cannot be reached (${error.message}). Is it running, and is WS_PATH right?`;
        reject(new CheckFailure(sentence));
      });
    });
  }

  private async expectHello(): Promise<void> {
    const hello = (await this.expectEvent('hello')) as Partial<Hello> | undefined;
    if (hello?.ok !== true || hello.nsp !== this.target.namespace) {
      throw new CheckFailure(
        `hello is not {ok:true,nsp:'${this.target.namespace}'}: ${short(hello)}`,
      );
    }
  }

  private async answerOf(event: string, payload: unknown): Promise<Ack<unknown> | undefined> {
    try {
      return (await this.socket
        .timeout(STEP_DEADLINE_MS)
        .emitWithAck(event, payload)) as Ack<unknown>;
    } catch {
      this.assertAlive();
      throw new CheckFailure(`${event} got no ack within ${STEP_DEADLINE_MS / 1_000} s.`);
    }
  }
}

/** Socket.IO sets `data`, if only to undefined, on what the server answered and on nothing else. */
function isAnswer(error: Error): error is Error & { data?: { code?: string } } {
  return Object.hasOwn(error, 'data');
}

const SHOWN_LENGTH = 300;

export function short(payload: unknown): string {
  const text = JSON.stringify(payload) ?? '';
  return text.length > SHOWN_LENGTH
    ? `${text.slice(0, SHOWN_LENGTH)}... (${text.length} characters)`
    : text;
}

/** Sends one position as the oldest clients do; it must be believed. */
export async function ping(driver: CheckSocket, lat: number, lng: number): Promise<void> {
  const data = await driver.request('driver:location:ping', { lat, lng });
  const result = (data as Partial<LocationPingResult> | undefined)?.results?.[0];
  if (result?.verdict === FixVerdict.implausible) {
    throw new CheckFailure(
      `The position was refused: ${result.reason ?? short(result)}. A driver that is somewhere` +
        ' else already needs TEST_LAT and TEST_LNG near there.',
    );
  }
}
