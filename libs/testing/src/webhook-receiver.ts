import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type ExportedFact } from '#libs/contracts';

export interface ReceivedWebhook {
  headers: IncomingHttpHeaders;
  body: string;
  fact: ExportedFact;
}

type Answer = (webhook: ReceivedWebhook, response: ServerResponse) => void;

const accept: Answer = (_webhook, response) => response.writeHead(204).end();

/** The company's side of a webhook: a real HTTP server that remembers all it was sent. */
export class WebhookReceiver {
  readonly received: ReceivedWebhook[] = [];
  /** What it does with a webhook. */
  answer: Answer = accept;
  private readonly held: ServerResponse[] = [];

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      text(request).then(
        (body) => {
          const webhook = {
            headers: request.headers,
            body,
            fact: JSON.parse(body) as ExportedFact,
          };
          this.received.push(webhook);
          this.answer(webhook, response);
        },
        () => undefined,
      );
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const server = createServer();
    const receiver = new WebhookReceiver(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/facts`;
  }

  /** Leaves the sender of a webhook waiting until `recover()`. */
  readonly hold: Answer = (_webhook, response) => {
    this.held.push(response);
  };

  /** From now on it takes everything, beginning with what it holds. */
  recover(): void {
    this.answer = accept;
    for (const response of this.held.splice(0)) response.writeHead(204).end();
  }

  /** Versions of a trip in the order in which they came, repeated ones included. */
  versionsOf(subject: string): number[] {
    return this.received
      .filter(({ fact }) => fact.subject === subject)
      .map(({ fact }) => fact.version);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
