import { RidewireClient, type ClientNamespace, type Link } from '#libs/client';
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

  /** Resolves once the server has greeted it. @param auth what it says beside the token */
  static async open(
    url: string,
    namespace: ClientNamespace,
    { token, ...auth }: { token: string } & Record<string, unknown>,
  ): Promise<AppClient> {
    const app = new RidewireClient({
      url,
      getToken: () => token,
      connectTimeoutMs: PATIENCE_MS,
      socket: { transports: ['websocket'] },
    });
    // Any namespace: what differs between links are names and payloads only.
    const link = app.namespace(namespace, { auth: () => auth }) as unknown as Link<'/chat'>;
    const client = new AppClient(app, link);
    const { status, reason } = await app.connect();
    if (status !== 'ready') throw new Error(`${namespace} was not entered: ${reason?.code}`);
    return client;
  }

  get isConnected(): boolean {
    return this.link.isReady;
  }

  /** Asked once; a machine that is too busy to answer in time is asked again. */
  async request<T>(event: RequestName, payload: unknown = {}): Promise<Ack<T>> {
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
