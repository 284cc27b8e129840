import { createHmac } from 'node:crypto';

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
