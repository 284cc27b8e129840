import {
  Agent,
  request as sendRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { socketsConfig, type ConfigType } from '#libs/config';
import { type InstanceContact } from '#libs/instances';
import {
  admissionRefusal,
  HandshakeRefusals,
  type HandshakeRefusal,
} from '../connection/handshake-refusal.js';
import { endToEndHeaders, forwardedHeaders } from './forwarded-request.js';

/** An instance that does not take a connection within this time is taken for dead. */
export const DIAL_TIMEOUT_MS = 1_000;
/** An owner answers a poll that was forwarded with nothing rather than let it wait for longer. */
export const LONGEST_FORWARDED_POLL_MS = 5_000;
/** One that does not answer at all is frozen or cut off: its client begins anew. */
const ANSWER_TIMEOUT_MS = 2 * LONGEST_FORWARDED_POLL_MS;
/** One client has a poll and a message under way. */
const REQUESTS_PER_CONNECTION = 2;
const MAX_IDLE_CONNECTIONS = 256;

/** Sends a polling request on to the instance that its session lives on, and the answer back. */
@Injectable()
export class RequestForwarder implements OnApplicationShutdown {
  private readonly agent = new Agent({ keepAlive: true, maxFreeSockets: MAX_IDLE_CONNECTIONS });
  private underWay = 0;

  constructor(
    @Inject(socketsConfig.KEY) private readonly settings: ConfigType<typeof socketsConfig>,
  ) {}

  onApplicationShutdown(): void {
    this.agent.destroy();
  }

  /** @returns why the client has to be refused; undefined when it is answered, or has gone */
  async forward(
    request: IncomingMessage,
    response: ServerResponse,
    owner: InstanceContact,
    address: string,
  ): Promise<HandshakeRefusal | undefined> {
    const { maxConnections, maxPayloadBytes } = this.settings;
    if (this.underWay >= maxConnections * REQUESTS_PER_CONNECTION)
      return admissionRefusal('SERVER_FULL');
    this.underWay += 1;
    try {
      const body = await readBody(request, maxPayloadBytes);
      if (body === undefined) return HandshakeRefusals.payloadTooLarge;
      const answer = await this.send(request, response, body, owner, address);
      response.writeHead(answer.statusCode ?? 502, endToEndHeaders(answer.headers));
      await pipeline(answer, response);
      return undefined;
    } catch {
      // A client that got half an answer must not take it for a whole one.
      if (response.headersSent) response.destroy();
      return response.headersSent ? undefined : HandshakeRefusals.sessionUnknown;
    } finally {
      this.underWay -= 1;
    }
  }

  private send(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    { host, port, key }: InstanceContact,
    address: string,
  ): Promise<IncomingMessage> {
    const headers = forwardedHeaders(request, address, key);
    return new Promise((resolve, reject) => {
      const outgoing = sendRequest({
        host,
        port,
        method: request.method,
        path: request.url,
        agent: this.agent,
        headers: { ...headers, ...(body.length > 0 && { 'content-length': body.length }) },
      });
      const dial = setTimeout(() => outgoing.destroy(new Error('no connection')), DIAL_TIMEOUT_MS);
      const wait = setTimeout(() => outgoing.destroy(new Error('no answer')), ANSWER_TIMEOUT_MS);
      outgoing.once('socket', (socket) => {
        if (socket.connecting) socket.once('connect', () => clearTimeout(dial));
        else clearTimeout(dial);
      });
      outgoing.once('close', () => {
        clearTimeout(dial);
        clearTimeout(wait);
      });
      outgoing.once('response', (answer) => {
        clearTimeout(wait);
        resolve(answer);
      });
      outgoing.once('error', reject);
      // The owner is to see that its client has gone, as if it had been its own.
      response.once('close', () => {
        if (!response.writableFinished) outgoing.destroy();
      });
      outgoing.end(body);
    });
  }
}

/** @returns undefined for a body that is too large */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
