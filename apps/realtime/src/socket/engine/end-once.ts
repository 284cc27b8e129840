import { type Writable } from 'node:stream';
import { type RealtimeSocket } from '../realtime-socket.js';
import { streamsOf } from './insides.js';

/**
 * `ws` ends both its streams again when a connection has closed, and for each stream that has
 * finished Node makes an error with a stack that nobody gets: 80 us a connection for nothing.
 */
export function endStreamsOnce(connection: RealtimeSocket['conn']): void {
  for (const stream of streamsOf(connection)) stream.end = endUnlessEnded;
}

/** One function for all streams: a closure each would be memory. */
function endUnlessEnded(this: Writable, ...last: unknown[]): Writable {
  // Whoever gives a last chunk or a callback hears of the error.
  if (this.writableEnded && last.length === 0) return this;
  const { end } = Object.getPrototypeOf(this) as { end: (...last: unknown[]) => Writable };
  return end.apply(this, last);
}
