import { SetMetadata } from '@nestjs/common';
import { type Namespace, type Hello } from '#libs/contracts';
import { type RealtimeSocket } from '../realtime-socket.js';
import { sendTogether, type FactToSend } from '../sending/send-fact.js';

export const WELCOME_OF = 'ridewire:welcome_of';

/**
 * What a client of a namespace gets when it comes, step by step, and what is undone when it has
 * left. Requests of the client wait until it is done; a throw sends it away.
 */
export interface NamespaceWelcome {
  welcome(socket: RealtimeSocket): void | Promise<void>;
  /** Runs after the welcome, also when that failed half-way. */
  farewell?(socket: RealtimeSocket): void | Promise<void>;
}

/**
 * Marks the one provider that welcomes the clients of a namespace. Gateways that have the hooks of
 * Nest themselves are asked after it, in the order of their names.
 */
export const Welcomes = (namespace: Namespace): ClassDecorator =>
  SetMetadata(WELCOME_OF, namespace);

/**
 * Greets a client that has passed every check.
 * @param also what it is told next: all of it is one write
 */
export function sayHello(
  socket: RealtimeSocket,
  facts: { epoch?: number } = {},
  ...also: readonly FactToSend<'/drivers'>[]
): void {
  const { sid, userId, expiresAt } = socket.data.principal;
  const { ignored } = socket.data.connection.options;
  const hello: Hello = {
    ok: true,
    nsp: socket.nsp.name as Namespace,
    sid,
    userId,
    expiresAt,
    serverTime: Date.now(),
    ...facts,
    ...(ignored.length > 0 ? { ignored } : {}),
  };
  sendTogether(socket, [{ event: 'hello', payload: hello }, ...also]);
}
