import { createHmac } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { WebhookHeader, type ExportedFact } from '#libs/contracts';
import { traced } from '#libs/observability';
import {
  ForbiddenAddressError,
  guardedLookup,
  judgeAddress,
  mayLeadInside,
} from './webhook-address.js';
import { outcomeOf, type WebhookOutcome } from './webhook-attempt.js';

/** Answers up to here are read to their end, so that the connection serves the next fact as well. */
const MAX_ANSWER_BYTES = 16_384;
/** Connections without a fact are kept so long. */
const IDLE_MS = 4_000;

export interface WebhookClientOptions {
  url: string;
  secrets: readonly string[];
  timeoutMs: number;
  /** Names that may lead to the company's own networks. */
  insideHosts: readonly string[];
}

/**
 * Posts facts to one address, signed. Never throws: whatever happens is an outcome. A redirect is not
 * followed: it would take the facts where nobody configured them to go.
 */
export class WebhookClient {
  private readonly url: URL;
  private readonly agent: HttpAgent;
  private readonly lookup: ReturnType<typeof guardedLookup>;

  constructor(private readonly options: WebhookClientOptions) {
    this.url = new URL(options.url);
    const keep = { keepAlive: true, timeout: IDLE_MS };
    this.agent = this.isSecure ? new HttpsAgent(keep) : new HttpAgent(keep);
    this.lookup = guardedLookup(mayLeadInside(this.url.hostname, options.insideHosts));
  }

  /** @param traceparent W3C: for receivers that trace as well */
  async post(fact: ExportedFact, traceparent?: string): Promise<WebhookOutcome> {
    const { secrets, timeoutMs } = this.options;
    const body = JSON.stringify(fact);
    const timestamp = Date.now();
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await this.send(body, timeout, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'accept-encoding': 'identity',
        'user-agent': 'ridewire',
        ...traced(traceparent),
        [WebhookHeader.id]: fact.id,
        [WebhookHeader.timestamp]: String(timestamp),
        [WebhookHeader.signature]: signWebhook(secrets, { id: fact.id, timestamp, body }),
      });
      const outcome = outcomeOf(response.statusCode ?? 0, response.headers['retry-after'] ?? null);
      // The status has said it all: an answer that breaks off changes nothing.
      await discard(response).catch(() => undefined);
      return outcome;
    } catch (error) {
      return { kind: 'failed', reason: timeout.aborted ? 'timeout' : reasonOf(error) };
    }
  }

  /** Connections that are not used any more. */
  close(): void {
    this.agent.destroy();
  }

  private get isSecure(): boolean {
    return this.url.protocol === 'https:';
  }

  private send(
    body: string,
    signal: AbortSignal,
    headers: Record<string, string | number>,
  ): Promise<IncomingMessage> {
    // Of an address nothing is looked up.
    const host = this.url.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && judgeAddress(host) === 'never')
      return Promise.reject(new ForbiddenAddressError());
    return new Promise((resolve, reject) => {
      const { agent, lookup } = this;
      const begin = this.isSecure ? httpsRequest : httpRequest;
      begin(this.url, { method: 'POST', agent, lookup, signal, headers })
        .on('response', resolve)
        .on('error', reject)
        .end(body);
    });
  }
}

async function discard(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  // Leaving the loop early cancels the rest.
  for await (const chunk of response) {
    bytes += (chunk as Buffer).byteLength;
    if (bytes > MAX_ANSWER_BYTES) return;
  }
}

/** The messages of these errors may name the host; their codes do not. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'connection failed';
}

/**
 * Signs a webhook with every secret, so that a receiver may change from one to the next at any time.
 * @returns `v1=<hex>`, or several of them with commas between
 */
export function signWebhook(
  secrets: readonly string[],
  { id, timestamp, body }: { id: string; timestamp: number; body: string },
): string {
  const signed = `${timestamp}.${id}.${body}`;
  return secrets
    .map((secret) => `v1=${createHmac('sha256', secret).update(signed).digest('hex')}`)
    .join(',');
}
