import { Injectable } from '@nestjs/common';
import { GUEST, Namespace } from '#libs/contracts';
import {
  sayHello,
  Welcomes,
  type NamespaceWelcome,
} from '../socket/connection/namespace-welcome.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { ShareWelcome } from './share-welcome.js';
import { TrackingBroadcast } from './tracking-broadcast.js';
import { TrackingSessions } from './tracking-sessions.js';

/**
 * Welcomes whoever tracks and is tracked: `hello`, where the others are, then what changes. Guests
 * have the link of a trip and see nothing else.
 */
@Injectable()
@Welcomes(Namespace.tracking)
export class TrackingWelcome implements NamespaceWelcome {
  constructor(
    private readonly sessions: TrackingSessions,
    private readonly broadcast: TrackingBroadcast,
    private readonly shares: ShareWelcome,
  ) {}

  async welcome(socket: RealtimeSocket): Promise<void> {
    if (isGuest(socket)) return this.shares.welcome(socket);
    await this.sessions.begin(socket);
    if (!socket.connected) return;
    sayHello(socket);
    this.broadcast.begin(socket);
  }

  farewell(socket: RealtimeSocket): Promise<void> {
    return isGuest(socket) ? this.shares.farewell(socket) : this.sessions.end(socket);
  }
}

function isGuest({ data }: RealtimeSocket): boolean {
  return data.principal.userType === GUEST;
}
