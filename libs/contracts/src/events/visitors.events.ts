import { type Ack } from '../ack.js';
import { type BlogLiveCountsDto, type PageVisitDto } from '../dto/page.dto.js';
import { type SessionClientToServer, type SessionServerToClient } from './session.events.js';

/** Requests of /visitors. */
export const VisitorsRequest = {
  visit: 'page:visit',
  leave: 'page:leave',
  /** Of the older counter. */
  blogLiveCounts: 'blogLiveCounts',
} as const;

/** How many people look at a page. */
export interface PageVisitors {
  page: string;
  visitors: number;
}

/** `admin:pages:busiest`: the pages with the most visitors, the busiest first. */
export interface BusiestPages {
  /** Epoch milliseconds. */
  at: number;
  pages: PageVisitors[];
}

export interface VisitorsClientToServer extends SessionClientToServer {
  'page:visit': (request: PageVisitDto, ack: (answer: Ack<PageVisitors>) => void) => void;
  'page:leave': (request: object, ack: (answer: Ack) => void) => void;
  blogLiveCounts: (
    request: BlogLiveCountsDto | string,
    ack: (answer: Ack<PageVisitors>) => void,
  ) => void;
}

export interface VisitorsServerToClient extends SessionServerToClient {
  'page:visitors': (fact: PageVisitors) => void;
  /** The number alone, as older clients read it. */
  liveCountsSingleBlog: (visitors: number) => void;
}
