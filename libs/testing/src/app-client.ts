import {
  RidewireClient,
  type ClientNamespace,
  type ConnectionOptions,
  type Link,
} from '#libs/client';
import { type Ack } from '#libs/contracts';
import { ToldClient, type RequestName } from './told-client.js';
import { PATIENCE_MS } from './until.js';

/** Requests and payloads are checked by the callers, or are wrong on purpose. */
type AnyRequest = Parameters<Link<'/chat'>['tryNow']>;

/** A client as apps have it, by libs/client: it comes back by itself. */
export class AppClient extends ToldClient {
  private constructor(
    readonly app: RidewireClient,
    readonly link: Link<'/chat'>,
  ) {
    super();
    link.join({ receive: (event, payload) => void this.received.push({ event, payload }) });
  }

  /**
   * One that is not connected yet: see `enter`.
   * @param auth what it says; a guest has no token
   * @param socket options of Socket.IO
   */
  static make(
    url: string,
    namespace: ClientNamespace,
    { token, ...auth }: { token?: string } & Record<string, unknown>,
    socket: ConnectionOptions['socket'] = {},
  ): AppClient {
    const app = new RidewireClient({
      url,
      ...(token === undefined ? {} : { getToken: () => token }),
      connectTimeoutMs: PATIENCE_MS,
      socket: { transports: ['websocket'], ...socket },
    });
    // Any namespace: what differs between links are names and payloads only.
    const link = app.namespace(namespace, { auth: () => auth }) as unknown as Link<'/chat'>;
    return new AppClient(app, link);
  }

  /** As `make`, once the server has greeted it. */
  static async open(...args: Parameters<typeof AppClient.make>): Promise<AppClient> {
    const client = AppClient.make(...args);
    await client.enter();
    return client;
  }

  /** Resolves once the server has greeted it. @throws Error when it is refused for good */
  async enter(): Promise<void> {
    const { status, reason } = await this.app.connect();
    if (status !== 'ready')
      throw new Error(`${this.link.namespace} was not entered: ${reason?.code}`);
  }

  get isConnected(): boolean {
    return this.link.isReady;
  }

  request<T>(event: RequestName, payload: unknown = {}): Promise<Ack<T>> {
    return this.requestAnything(event, payload);
  }

  /** Asked once; a machine that is too busy to answer in time is asked again. */
  async requestAnything<T>(event: string, payload: unknown = {}): Promise<Ack<T>> {
    for (;;) {
      const answer = await this.link.tryNow(event as AnyRequest[0], payload as AnyRequest[1]);
      if (answer.ok || answer.error.code !== 'NO_ANSWER') return answer as Ack<T>;
    }
  }

  /** Goes out for certain, unlike what an app sends by `link.send`. */
  send(event: RequestName, payload: unknown): void {
    void this.link.tryNow(event as AnyRequest[0], payload as AnyRequest[1]);
  }

  close(): void {
    this.app.close();
  }
}
