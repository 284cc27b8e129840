import { type Server } from 'node:http';

/** Headers begin within the idle time of a connection: they may be as late as that, and a little more. */
const HEADERS_MARGIN_MS = 5_000;
/** Of a whole request; bodies are small. */
const MIN_REQUEST_TIMEOUT_MS = 120_000;
/** Without a byte in either direction, e.g. of an answer that its client does not read. */
const MIN_STALL_MS = 120_000;

export interface HttpTimes {
  /** How long a connection may be idle between two requests. */
  keepAliveMs: number;
  /** The longest that an answer is waited for while nothing is said: that to a poll. */
  longestPollMs: number;
}

/**
 * A load balancer sends a request on a connection that it has kept. If the instance has just closed
 * it, the request is lost and the client gets a 502: the instance waits longer than balancers do.
 */
export function setHttpTimeouts(server: Server, { keepAliveMs, longestPollMs }: HttpTimes): void {
  server.keepAliveTimeout = keepAliveMs;
  server.headersTimeout = keepAliveMs + HEADERS_MARGIN_MS;
  server.requestTimeout = Math.max(MIN_REQUEST_TIMEOUT_MS, server.headersTimeout);
  // WebSockets are not subject to it: `ws` lifts it.
  server.timeout = Math.max(MIN_STALL_MS, 2 * longestPollMs);
}
