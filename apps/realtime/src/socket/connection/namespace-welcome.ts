import { SetMetadata } from '@nestjs/common';
import { type Namespace } from '#libs/contracts';
import { type RealtimeSocket } from '../realtime-socket.js';

export const WELCOME_OF = 'ridewire:welcome_of';

/**
 * What a client of a namespace is told when it comes, step by step, and what is undone when it has
 * left. Requests of the client wait until it is done; a throw sends it away.
 */
export interface NamespaceWelcome {
  welcome(socket: RealtimeSocket): void | Promise<void>;
  /** After the welcome, however far that came. */
  farewell?(socket: RealtimeSocket): void | Promise<void>;
}

/**
 * Marks the one provider that welcomes the clients of a namespace. Gateways that have the hooks of
 * Nest themselves are asked after it, in the order of their names.
 */
export const Welcomes = (namespace: Namespace): ClassDecorator =>
  SetMetadata(WELCOME_OF, namespace);
