import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { visitorsConfig, type ConfigType } from '#libs/config';
import { GUEST, type PageVisitors } from '#libs/contracts';
import {
  PlaceFeed,
  PlaceKind,
  placeOf,
  PresenceService,
  type FollowedPlace,
  type Place,
} from '#libs/presence';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { FrameLoops, type FrameLoop, type Viewer } from '../socket/sending/frame-loop.js';
import { Outbox } from '../socket/sending/outbox.js';

/** How a client is told: as older clients, or with the name of the page. */
type CountFact = 'liveCountsSingleBlog' | 'page:visitors';

interface Visitor extends Viewer {
  readonly device: string;
  fact: CountFact;
  page: string;
  place: Place;
  /** Present once the count of the page is known. */
  followed: FollowedPlace | undefined;
  /** The last count that it was told; undefined for none of this page. */
  told: number | undefined;
  toldAt: number;
  /** It makes the feed know that this client looks; the loop reads the count. */
  readonly listener: () => void;
}

/**
 * Who looks at which page: one page a client, each person once however many tabs it has, guests by
 * connection. The count goes to those who look at that page, in frames.
 */
@Injectable()
export class VisitorCounts {
  private readonly visitors = new Map<RealtimeSocket, Visitor>();
  private readonly loop: FrameLoop<Visitor>;

  constructor(
    @Inject(visitorsConfig.KEY) private readonly settings: ConfigType<typeof visitorsConfig>,
    private readonly presence: PresenceService,
    private readonly feed: PlaceFeed,
    private readonly outbox: Outbox,
    loops: FrameLoops,
  ) {
    this.loop = loops.open({
      name: 'sending visitors their counts',
      tickMs: settings.tickMs,
      behindBytes: 4 * 1024,
      caughtUpBytes: 1024,
      isDue: ({ followed, told }) => followed !== undefined && followed.count !== told,
      look: () => (visitor) => this.show(visitor),
      startOver: (visitor) => (visitor.told = undefined),
    });
  }

  /**
   * The client looks at this page from now on, and at no other.
   * @throws RequestError REDIS_UNAVAILABLE; then it looks at none
   */
  async visit(socket: RealtimeSocket, page: string, fact: CountFact): Promise<PageVisitors> {
    const present = this.visitors.get(socket);
    if (present?.page === page && present.followed) {
      present.fact = fact;
      present.told = undefined;
      this.hurry(present);
      return { page, visitors: present.followed.count };
    }
    const visitor = this.begin(socket, page, fact, present);
    let visitors: number;
    try {
      // Not what the feed knows: it may hear of this one a moment later.
      visitors = await this.presence.hold({
        place: visitor.place,
        person: socket.data.principal.userId,
        device: visitor.device,
        meta: {},
        since: Date.now(),
      });
      visitor.followed = await this.feed.follow(visitor.place, visitor.listener);
    } catch (error) {
      await this.end(visitor);
      throw error;
    } finally {
      if (present) await this.end(present);
    }
    // It has left meanwhile: what that undid came before the lines above.
    if (this.visitors.get(socket) === visitor) this.hurry(visitor);
    else await this.end(visitor);
    return { page, visitors };
  }

  /** The client looks at no page any more, and says so. */
  async leave(socket: RealtimeSocket): Promise<void> {
    const visitor = this.visitors.get(socket);
    if (visitor) await this.end(visitor);
  }

  /** The client is gone. Somebody with an account who loads the page again is not counted out meanwhile. */
  async forget(socket: RealtimeSocket): Promise<void> {
    const visitor = this.visitors.get(socket);
    const isFinal = socket.data.principal.userType === GUEST;
    if (visitor) await this.end(visitor, isFinal);
  }

  private begin(
    socket: RealtimeSocket,
    page: string,
    fact: CountFact,
    present: Visitor | undefined,
  ): Visitor {
    if (present) this.loop.delete(present);
    const visitor: Visitor = {
      socket,
      isBehind: present?.isBehind ?? false,
      device: randomUUID(),
      fact,
      page,
      place: placeOf(PlaceKind.page, page),
      followed: undefined,
      told: undefined,
      toldAt: present?.toldAt ?? 0,
      listener: () => undefined,
    };
    this.visitors.set(socket, visitor);
    this.loop.add(visitor);
    return visitor;
  }

  private async end(visitor: Visitor, isFinal = true): Promise<void> {
    const { socket, place, device } = visitor;
    if (this.visitors.get(socket) === visitor) this.visitors.delete(socket);
    this.loop.delete(visitor);
    const person = socket.data.principal.userId;
    await Promise.all([
      this.presence.release({ place, person, device }, { isFinal }),
      this.feed.leave(place, visitor.listener),
    ]);
  }

  /** Before the next tick, unless the client was told something within one. */
  private hurry(visitor: Visitor): void {
    if (performance.now() - visitor.toldAt >= this.settings.tickMs) this.loop.hurry(visitor);
  }

  private show(visitor: Visitor): void {
    const { socket, fact, page, followed } = visitor;
    if (!followed) return;
    const visitors = followed.count;
    visitor.told = visitors;
    visitor.toldAt = performance.now();
    if (fact === 'page:visitors') this.outbox.visitors.toSocket(socket, fact, { page, visitors });
    else this.outbox.visitors.toSocket(socket, fact, visitors);
  }
}
