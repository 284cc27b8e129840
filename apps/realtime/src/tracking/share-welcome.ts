import { Injectable } from '@nestjs/common';
import { RequestError } from '#libs/contracts';
import { SharesService } from '#libs/shares';
import { ConnectionGuard } from '../socket/connection/connection-guard.js';
import { sayHello } from '../socket/connection/namespace-welcome.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { ShareFollowing } from './share-following.js';

/** Welcomes guests who have the link of a trip: `hello`, the trip, then what changes. */
@Injectable()
export class ShareWelcome {
  private readonly followed = new WeakMap<RealtimeSocket, string>();

  constructor(
    private readonly shares: SharesService,
    private readonly guard: ConnectionGuard,
    private readonly following: ShareFollowing,
  ) {}

  async welcome(socket: RealtimeSocket): Promise<void> {
    const { connection } = socket.data;
    // Whoever has a link is shown its trip and may ask for nothing.
    connection.isReadOnly = true;
    const { share: token } = connection.options;
    if (token === undefined) throw new RequestError('SHARE_INVALID');
    const share = await this.shares.open(token, this.guard.clientOf(socket.conn).address ?? '');
    if (!socket.connected) return;
    this.followed.set(socket, share.tripId);
    await this.following.add(socket, share, () => sayHello(socket));
  }

  async farewell(socket: RealtimeSocket): Promise<void> {
    const tripId = this.followed.get(socket);
    if (tripId !== undefined) await this.following.remove(socket, tripId);
  }
}
