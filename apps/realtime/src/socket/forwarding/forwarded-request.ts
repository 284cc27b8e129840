import { createHmac, timingSafeEqual } from 'node:crypto';
import { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

/** `<client address> <signature>`: a request that has it comes from an instance, or pretends to. */
const FORWARDED = 'x-ridewire-forwarded';

/** Of one connection and not of the request (RFC 9110, 7.6.1), and what the next one writes anew. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Whether another instance sent it, or somebody who wants to be taken for one. */
export function isForwarded(request: IncomingMessage): boolean {
  return FORWARDED in request.headers;
}

/**
 * The client's address as the instance that forwarded the request saw it.
 * @returns undefined when nobody who knows the key of this instance has signed it
 */
export function forwardedAddress(request: IncomingMessage, key: Buffer): string | undefined {
  const header = request.headers[FORWARDED];
  if (typeof header !== 'string') return undefined;
  const [encoded = '', signature = ''] = header.split(' ');
  const given = Buffer.from(signature, 'base64url');
  const right = sign(request, encoded, key);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
  return decodeURIComponent(encoded);
}

/** What the client sent, signed for the instance that it is sent on to. */
export function forwardedHeaders(
  request: IncomingMessage,
  address: string,
  key: Buffer,
): IncomingHttpHeaders {
  const encoded = encodeURIComponent(address.toWellFormed());
  const signature = sign(request, encoded, key).toString('base64url');
  return { ...endToEndHeaders(request.headers), [FORWARDED]: `${encoded} ${signature}` };
}

/** Those of a request or an answer that are meant for its last receiver. */
export function endToEndHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').toLowerCase().split(/\s*,\s*/);
  const kept = Object.entries(headers).filter(
    ([name]) => !HOP_BY_HOP.has(name) && name !== FORWARDED && !named.includes(name),
  );
  return Object.fromEntries(kept);
}

function sign({ method, url }: IncomingMessage, encodedAddress: string, key: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(JSON.stringify([method, url, encodedAddress]))
    .digest();
}
