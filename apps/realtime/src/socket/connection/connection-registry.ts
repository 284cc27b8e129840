import { Injectable } from '@nestjs/common';
import { type RealtimeSocket } from '../realtime-socket.js';

/** The sockets of this instance by user: what revocations, sweeps and the drain walk through. */
@Injectable()
export class ConnectionRegistry {
  /** Mostly one each: an array is a quarter of a set. Never changed, others walk through it. */
  private readonly byUser = new Map<string, readonly RealtimeSocket[]>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(socket: RealtimeSocket): void {
    const { userId } = socket.data.principal;
    const others = this.byUser.get(userId);
    this.byUser.set(userId, others ? [...others, socket] : [socket]);
    this.count += 1;
  }

  remove(socket: RealtimeSocket): void {
    const { userId } = socket.data.principal;
    const sockets = this.byUser.get(userId);
    if (!sockets?.includes(socket)) return;
    this.count -= 1;
    if (sockets.length === 1) this.byUser.delete(userId);
    else
      this.byUser.set(
        userId,
        sockets.filter((other) => other !== socket),
      );
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
