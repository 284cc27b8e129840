import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { readConversationId } from '#libs/contracts';
import { PlaceKind, placeOf, PresenceService } from '#libs/presence';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { chatFacts } from './chat-dialect.js';
import { ConversationDelivery } from './conversation-delivery.js';

/**
 * Clients that know `chat:*` are in the lobby and in rooms as long as they are told what happens there.
 * They do not ask who else is: it is held for clients of the older chat, see `OldRooms`.
 */
@Injectable()
export class RoomPresence implements OnModuleInit {
  private readonly devices = new WeakMap<RealtimeSocket, Map<string, string>>();

  constructor(
    private readonly presence: PresenceService,
    private readonly delivery: ConversationDelivery,
  ) {}

  onModuleInit(): void {
    this.delivery.watch({
      joined: ({ socket, conversation: { id }, dialect }, { name }) => {
        if (dialect === chatFacts && isPlace(id)) this.hold(socket, id, name);
      },
      left: ({ socket, conversation: { id } }) => {
        if (!this.delivery.follows(socket, id)) this.release(socket, id);
      },
    });
  }

  /** By which device the client is there; undefined where it is not. */
  deviceOf(socket: RealtimeSocket, id: string): string | undefined {
    return this.devices.get(socket)?.get(id);
  }

  /** Nobody waits for it: while Redis is away it is made up for later. */
  private hold(socket: RealtimeSocket, id: string, username: string): void {
    const devices = this.devices.get(socket) ?? new Map<string, string>();
    if (devices.has(id)) return;
    const device = randomUUID();
    this.devices.set(socket, devices.set(id, device));
    const person = socket.data.principal.userId;
    const place = placeOf(PlaceKind.room, id);
    void this.presence.keep({ place, person, device, meta: { username }, since: Date.now() });
  }

  /** Whoever was cut off may come back: others are told after a while. */
  private release(socket: RealtimeSocket, id: string): void {
    const device = this.deviceOf(socket, id);
    if (device === undefined) return;
    this.devices.get(socket)?.delete(id);
    const person = socket.data.principal.userId;
    const place = placeOf(PlaceKind.room, id);
    void this.presence.release({ place, person, device }, { isFinal: socket.connected });
  }
}

function isPlace(id: string): boolean {
  const type = readConversationId(id)?.type;
  return type === 'lobby' || type === 'room';
}
