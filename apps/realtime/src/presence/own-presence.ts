import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { GUEST } from '#libs/contracts';
import { PlaceKind, placeOf, PresenceService } from '#libs/presence';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { EveryNamespace } from '../socket/request/request-policy.decorator.js';

type Connection = RealtimeSocket['conn'];

/** A connection by which its person is online, in whatever namespaces it is. */
interface OwnDevice {
  readonly id: string;
  readonly since: number;
  readonly sockets: Set<RealtimeSocket>;
}

/** Whoever is connected, in any namespace, is online; guests are nobody. */
@Injectable()
@EveryNamespace()
export class OwnPresence {
  private readonly devices = new WeakMap<Connection, OwnDevice>();

  constructor(private readonly presence: PresenceService) {}

  /** Nobody waits for it: while Redis is away it is made up for later. */
  handleConnection(socket: RealtimeSocket): void {
    const { userType } = socket.data.principal;
    if (userType === GUEST) return;
    const device = this.devices.get(socket.conn);
    if (device) {
      device.sockets.add(socket);
      return;
    }
    const now = Date.now();
    const fresh = { id: randomUUID(), since: now, sockets: new Set([socket]) };
    this.devices.set(socket.conn, fresh);
    void this.keep(socket, fresh, false, now);
  }

  handleDisconnect(socket: RealtimeSocket): void {
    const device = this.devices.get(socket.conn);
    if (!device?.sockets.delete(socket) || device.sockets.size > 0) return;
    this.devices.delete(socket.conn);
    const person = socket.data.principal.userId;
    const place = placeOf(PlaceKind.person, person);
    void this.presence.release({ place, person, device: device.id });
  }

  /** Whether somebody sits before this device. */
  async set(socket: RealtimeSocket, away: boolean): Promise<void> {
    const device = this.devices.get(socket.conn);
    if (device) await this.keep(socket, device, away, Date.now());
  }

  private keep(
    socket: RealtimeSocket,
    { id, since }: OwnDevice,
    away: boolean,
    changedAt: number,
  ): Promise<void> {
    const person = socket.data.principal.userId;
    const place = placeOf(PlaceKind.person, person);
    return this.presence.keep({ place, person, device: id, meta: { away, changedAt }, since });
  }
}
