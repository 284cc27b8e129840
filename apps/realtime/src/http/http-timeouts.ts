import { type Server } from 'node:http';

/** A request may begin at the end of the idle time: its headers get this much longer. */
const HEADERS_MARGIN_MS = 5_000;
/** For a whole request; bodies are small. */
const MIN_REQUEST_TIMEOUT_MS = 120_000;
/** How long a connection may go without a byte in either direction, e.g. while its client does not read. */
const MIN_STALL_MS = 120_000;

export interface HttpTimes {
  /** How long a connection may be idle between two requests. */
  keepAliveMs: number;
  /** How long a client may wait for the answer to a poll: no other answer takes longer. */
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
  // It does not hold for WebSockets: `ws` lifts it.
  server.timeout = Math.max(MIN_STALL_MS, 2 * longestPollMs);
}
