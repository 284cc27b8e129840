import { RidewireClient, type ClientNamespace, type Link } from '#libs/client';
import { type Hello, FixVerdict, type LocationPingResult } from '#libs/contracts';

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

const STEP_DEADLINE_MS = 20_000;

/** One client that turns every way of failing into a sentence; it comes back from nothing. */
export class CheckSocket {
  private readonly client: RidewireClient;
  private readonly link: Link;
  private readonly received = new Map<string, unknown>();
  private readonly listeners = new Map<string, (payload: unknown) => void>();
  private isShown: (event: string) => boolean = () => false;
  private failure: CheckFailure | undefined;

  private constructor(
    private readonly target: CheckTarget,
    private readonly say: Say,
  ) {
    const { server, path, namespace, token, handshake = {} } = target;
    this.client = new RidewireClient({
      url: server,
      getToken: () => token,
      connectTimeoutMs: STEP_DEADLINE_MS,
      socket: { path, transports: ['websocket'] },
    });
    this.link = this.client.namespace(namespace as ClientNamespace, { auth: () => handshake });
    this.link.join({ receive: (event, payload) => this.receive(event, payload) });
    this.client.subscribe(() => this.noteState());
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
      say(`connecting to ${target.server}${target.namespace}`);
      void check.client.connect();
      await check.expectHello();
      return check;
    } catch (error) {
      check.close();
      throw error;
    }
  }

  /** Says every event that comes from now on and whose name the filter lets through. */
  print(isShown: (event: string) => boolean = () => true): void {
    this.isShown = isShown;
  }

  /** Sends a request; resolves with the data of its ack. */
  async request(event: string, payload: unknown): Promise<unknown> {
    this.say(`-> ${event} ${short(payload)}`);
    const answer = await this.link.requestAny(event, payload, { deadlineMs: STEP_DEADLINE_MS });
    this.assertAlive();
    if (!answer.ok) {
      const { code, message } = answer.error;
      throw new CheckFailure(`${event} was refused: ${code} ${message}`);
    }
    this.say(`   ack ${short(answer)}`);
    return answer.data;
  }

  /** Resolves with the first such event, also when it has come already. */
  expectEvent(event: string): Promise<unknown> {
    const look = () => (this.received.has(event) ? [this.received.get(event)] : undefined);
    return this.waitFor(look, `no ${event} came`).then(([payload]) => payload);
  }

  /** Listens to an event. Who listens to offers confirms them. */
  on(event: string, listener: (payload: unknown) => void): void {
    this.listeners.set(event, listener);
    if (event === 'trip:assignment:offered') (this.link as Link<'/drivers'>).on(event, () => {});
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
    this.client.close();
  }

  private receive(event: string, payload: unknown): void {
    if (!this.received.has(event)) this.received.set(event, payload);
    if (event === 'hello') {
      this.say(`connected as ${(payload as Partial<Hello>).userId}`);
      this.say(`hello ${short(payload)}`);
    } else if (this.isShown(event)) this.say(`<- ${event} ${short(payload)}`);
    this.listeners.get(event)?.(payload);
  }

  private noteState(): void {
    const { reason } = this.client.getState();
    if (!reason || reason.code === 'CLOSED' || this.failure) return;
    const { server, namespace } = this.target;
    const what =
      reason.code === 'OFFLINE'
        ? `${server} cannot be reached. Is it running, and is WS_PATH right?`
        : `${namespace} ${this.link.hello ? 'was disconnected' : 'refused the connection'}: ${reason.code}: ${reason.message}`;
    this.failure = new CheckFailure(what);
  }

  private async expectHello(): Promise<void> {
    const hello = (await this.expectEvent('hello')) as Partial<Hello> | undefined;
    if (hello?.ok !== true || hello.nsp !== this.target.namespace) {
      throw new CheckFailure(
        `hello is not {ok:true,nsp:'${this.target.namespace}'}: ${short(hello)}`,
      );
    }
  }
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
