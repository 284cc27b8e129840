import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';

/** More than any browser or balancer sends ahead: those wait for each answer. */
const MOST_UNANSWERED = 16;

/**
 * Node hands on every request that has come, however many of one connection are not answered yet: one
 * packet has hundreds, and all of them are worked on at once. Such a connection is ended.
 */
export class Pipelining {
  private readonly unanswered = new WeakMap<Socket, number>();

  /** Whether the request is one too many of its connection; each that is asked about counts. */
  isTooFar({ socket }: IncomingMessage, response: ServerResponse): boolean {
    const count = (this.unanswered.get(socket) ?? 0) + 1;
    this.unanswered.set(socket, count);
    response.once('close', () => {
      this.unanswered.set(socket, (this.unanswered.get(socket) ?? 1) - 1);
    });
    return count > MOST_UNANSWERED;
  }
}
