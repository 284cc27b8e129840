import { Injectable } from '@nestjs/common';
import { Namespace } from '#libs/contracts';
import {
  sayHello,
  Welcomes,
  type NamespaceWelcome,
} from '../socket/connection/namespace-welcome.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { TrackingBroadcast } from './tracking-broadcast.js';
import { TrackingSessions } from './tracking-sessions.js';

/** Welcomes whoever tracks and is tracked: `hello`, where the others are, then what changes. */
@Injectable()
@Welcomes(Namespace.tracking)
export class TrackingWelcome implements NamespaceWelcome {
  constructor(
    private readonly sessions: TrackingSessions,
    private readonly broadcast: TrackingBroadcast,
  ) {}

  async welcome(socket: RealtimeSocket): Promise<void> {
    await this.sessions.begin(socket);
    if (!socket.connected) return;
    sayHello(socket);
    this.broadcast.begin(socket);
  }

  farewell(socket: RealtimeSocket): Promise<void> {
    return this.sessions.end(socket);
  }
}
