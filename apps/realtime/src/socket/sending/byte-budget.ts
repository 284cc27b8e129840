import { Inject, Injectable } from '@nestjs/common';
import { socketsConfig, type ConfigType } from '#libs/config';
import { RequestError } from '#libs/contracts';
import { sendAway } from '../connection/cut-connection.js';
import { unreadBytes } from '../engine/insides.js';
import { type RealtimeSocket } from '../realtime-socket.js';

/**
 * How much a client may leave unread and still be sent more of a kind, in multiples of
 * WS_MAX_BUFFERED_BYTES. What matters least goes first: positions, pointers and who types have less
 * (`FrameLoop`), trips and offers go until `ConnectionSweep` closes a hopeless client.
 */
const SHARE_OF = { presence: 0.5, chat: 2 } as const;

/** Bounds what waits for clients that read too slowly at the moment when it is sent. */
@Injectable()
export class ByteBudget {
  constructor(
    @Inject(socketsConfig.KEY) private readonly settings: ConfigType<typeof socketsConfig>,
  ) {}

  /** Whether the client has room for something of this kind. */
  hasRoom(socket: RealtimeSocket, kind: keyof typeof SHARE_OF): boolean {
    return unreadBytes(socket) <= this.settings.maxBufferedBytes * SHARE_OF[kind];
  }

  /**
   * Those that have room for an event of a conversation. None may be missed: the others are closed,
   * come back, and name the newest that they saw.
   */
  readersOfChat(sockets: readonly RealtimeSocket[]): readonly RealtimeSocket[] {
    if (sockets.every((socket) => this.hasRoom(socket, 'chat'))) return sockets;
    return sockets.filter((socket) => {
      if (this.hasRoom(socket, 'chat')) return true;
      sendAway(socket, new RequestError('SLOW_CONSUMER', { retryAfterMs: 1_000 }));
      return false;
    });
  }
}
