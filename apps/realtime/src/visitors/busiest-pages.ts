import { Injectable } from '@nestjs/common';
import { type BusiestPages, type PageVisitors } from '#libs/contracts';
import { PresenceService } from '#libs/presence';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import {
  FrameLoops,
  type FrameLoop,
  type Show,
  type Viewer,
} from '../socket/sending/frame-loop.js';
import { Outbox } from '../socket/sending/outbox.js';

interface PagesViewer extends Viewer {
  /** What it was last told, as JSON. */
  told: string;
}

const PAGES = 20;
const TICK_MS = 1_000;

/** Shows dispatchers the pages with the most visitors: read once a tick for all of this instance. */
@Injectable()
export class BusiestPagesBroadcast {
  private readonly viewers = new Map<RealtimeSocket, PagesViewer>();
  private readonly loop: FrameLoop<PagesViewer>;

  constructor(
    private readonly presence: PresenceService,
    private readonly outbox: Outbox,
    loops: FrameLoops,
  ) {
    this.loop = loops.open({
      name: 'showing the busiest pages',
      tickMs: TICK_MS,
      behindBytes: 64 * 1024,
      caughtUpBytes: 16 * 1024,
      look: (due) => this.look(due),
      startOver: (viewer) => (viewer.told = ''),
    });
  }

  watch(socket: RealtimeSocket): void {
    if (this.viewers.has(socket)) return;
    const viewer = { socket, isBehind: false, told: '' };
    this.viewers.set(socket, viewer);
    this.loop.add(viewer);
    this.loop.hurry(viewer);
  }

  forget(socket: RealtimeSocket): void {
    const viewer = this.viewers.get(socket);
    if (!viewer) return;
    this.viewers.delete(socket);
    this.loop.delete(viewer);
  }

  private async look(due: readonly PagesViewer[]): Promise<Show<PagesViewer> | undefined> {
    if (due.length === 0) return undefined;
    const busiest = await this.presence.busiestPages(PAGES);
    const pages: PageVisitors[] = busiest.map(({ place, count }) => ({
      page: place.slice(place.indexOf(':') + 1),
      visitors: count,
    }));
    const told = JSON.stringify(pages);
    const fact: BusiestPages = { at: Date.now(), pages };
    return (viewer) => {
      if (viewer.told === told) return;
      viewer.told = told;
      this.outbox.admin.toSocket(viewer.socket, 'admin:pages:busiest', fact);
    };
  }
}
