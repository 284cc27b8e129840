import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Socket } from 'engine.io';
import { HandshakeRefusals, type HandshakeRefusal } from '../connection/handshake-refusal.js';
import { isForwarded } from '../forwarding/forwarded-request.js';
import { LONGEST_FORWARDED_POLL_MS } from '../forwarding/request-forwarder.js';

/** A client polls again when it has read the answer to the last one, which may be on its way still. */
const MAX_OPEN_ANSWERS = 3;
const PAYLOAD_TOO_LARGE = 413;

/** Keeps sessions that poll to what those on a WebSocket are kept to. */
export class PollWatch {
  private readonly openAnswers = new WeakMap<Socket, number>();

  constructor(private readonly maxPayloadBytes: number) {}

  /** Why the session has to end: it sends too much at once, or does not read what it is answered. */
  refusalOf(
    session: Socket,
    request: IncomingMessage,
    response: ServerResponse,
  ): HandshakeRefusal | undefined {
    if (request.method === 'POST') return this.refusalOfMessage(session, request, response);
    const open = this.openAnswers.get(session) ?? 0;
    if (open >= MAX_OPEN_ANSWERS) return HandshakeRefusals.unreadPolls;
    this.openAnswers.set(session, open + 1);
    response.once('close', () => {
      this.openAnswers.set(session, (this.openAnswers.get(session) ?? 1) - 1);
    });
    if (isForwarded(request)) endBeforeLong(session, response);
    return undefined;
  }

  private refusalOfMessage(
    session: Socket,
    request: IncomingMessage,
    response: ServerResponse,
  ): HandshakeRefusal | undefined {
    if (Number(request.headers['content-length'] ?? 0) > this.maxPayloadBytes)
      return HandshakeRefusals.payloadTooLarge;
    // Engine.IO finds out by itself when the length was not named, and keeps the session.
    response.once('finish', () => {
      if (response.statusCode === PAYLOAD_TOO_LARGE) session.close(true);
    });
    return undefined;
  }
}

/** The instance that forwards may be about to stop: it must not wait for a poll that brings nothing. */
function endBeforeLong(session: Socket, response: ServerResponse): void {
  const { transport } = session;
  const timer = setTimeout(() => {
    if (session.transport === transport && transport.writable) transport.send([{ type: 'noop' }]);
  }, LONGEST_FORWARDED_POLL_MS);
  response.once('close', () => clearTimeout(timer));
}
