import { type IncomingMessage } from 'node:http';
import { Server, type ServerOptions, type Socket } from 'engine.io';

/** Of the ids that Engine.IO makes: 15 bytes in base64url. */
const UNIQUE_PART_LENGTH = 20;
const SESSION_ID = /^[A-Za-z0-9_-]{28}$/;

/** Engine.IO, whose session ids begin with the id of the instance that the session lives on. */
export class SessionEngine extends Server {
  constructor(
    private readonly instanceId: string,
    options: ServerOptions,
  ) {
    super(options);
  }

  override generateId(request: IncomingMessage): string {
    return this.instanceId + (super.generateId(request) as string);
  }

  session(id: string): Socket | undefined {
    return Object.hasOwn(this.clients, id) ? this.clients[id] : undefined;
  }
}

/** The instance that a session id names; undefined for what no instance has made. */
export function instanceOf(sessionId: string): string | undefined {
  return SESSION_ID.test(sessionId) ? sessionId.slice(0, -UNIQUE_PART_LENGTH) : undefined;
}
