import { createHmac } from 'node:crypto';
import { WebhookHeader, type ExportedFact } from '#libs/contracts';
import { outcomeOf, type WebhookOutcome } from './webhook-attempt.js';

/** Answers up to here are read to their end, so that the connection serves the next fact as well. */
const MAX_ANSWER_BYTES = 16_384;

export interface WebhookClientOptions {
  url: string;
  secrets: readonly string[];
  timeoutMs: number;
}

/** Posts facts to one address, signed. Never throws: whatever happens is an outcome. */
export class WebhookClient {
  constructor(private readonly options: WebhookClientOptions) {}

  /** @param traceparent W3C: for receivers that trace as well */
  async post(fact: ExportedFact, traceparent?: string): Promise<WebhookOutcome> {
    const { url, secrets, timeoutMs } = this.options;
    const body = JSON.stringify(fact);
    const timestamp = Date.now();
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        // A redirect would take the facts where nobody configured them to go.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          'content-type': 'application/json',
          'accept-encoding': 'identity',
          'user-agent': 'ridewire',
          ...(traceparent === undefined ? {} : { traceparent }),
          [WebhookHeader.id]: fact.id,
          [WebhookHeader.timestamp]: String(timestamp),
          [WebhookHeader.signature]: signWebhook(secrets, { id: fact.id, timestamp, body }),
        },
      });
      const outcome = outcomeOf(response.status, response.headers.get('retry-after'));
      // The status has said it all: an answer that breaks off changes nothing.
      await discard(response).catch(() => undefined);
      return outcome;
    } catch (error) {
      return { kind: 'failed', reason: reasonOf(error) };
    }
  }
}

async function discard(response: Response): Promise<void> {
  let bytes = 0;
  // Leaving the loop early cancels the rest.
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes > MAX_ANSWER_BYTES) return;
  }
}

/** The messages of these errors may name the host; their codes do not. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure';
  if (error.name === 'TimeoutError') return 'timeout';
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
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
