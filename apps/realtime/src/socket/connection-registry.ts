import { Injectable } from '@nestjs/common';
import { type RealtimeSocket } from './realtime-socket.js';

/** The sockets of this instance by user: what revocations, sweeps and the drain walk through. */
@Injectable()
export class ConnectionRegistry {
  private readonly byUser = new Map<string, Set<RealtimeSocket>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(socket: RealtimeSocket): void {
    const { userId } = socket.data.principal;
    const sockets = this.byUser.get(userId);
    if (sockets) sockets.add(socket);
    else this.byUser.set(userId, new Set([socket]));
    this.count += 1;
  }

  remove(socket: RealtimeSocket): void {
    const { userId } = socket.data.principal;
    const sockets = this.byUser.get(userId);
    if (!sockets?.delete(socket)) return;
    this.count -= 1;
    if (sockets.size === 0) this.byUser.delete(userId);
  }

  ofUser(userId: string): RealtimeSocket[] {
    return [...(this.byUser.get(userId) ?? [])];
  }

  /** Connections of the user besides this one; the namespaces of one connection count once. */
  countOthersOfUser(userId: string, connection: RealtimeSocket['conn']): number {
    const others = new Set<RealtimeSocket['conn']>();
    for (const { conn } of this.byUser.get(userId) ?? []) if (conn !== connection) others.add(conn);
    return others.size;
  }

  *all(): IterableIterator<RealtimeSocket> {
    for (const sockets of this.byUser.values()) yield* sockets;
  }
}
