import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import {
  blogPage,
  BlogLiveCountsDto,
  Namespace,
  PageVisitDto,
  VisitorsRequest,
  type PageVisitors,
} from '#libs/contracts';
import {
  sayHello,
  Welcomes,
  type NamespaceWelcome,
} from '../socket/connection/namespace-welcome.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { RequestCost } from '../socket/request/request-policy.decorator.js';
import { VisitorCounts } from './visitor-counts.js';

/** Those who look at pages, with and without an account. */
@WebSocketGateway({ namespace: Namespace.visitors })
@Welcomes(Namespace.visitors)
export class VisitorsGateway implements NamespaceWelcome {
  constructor(private readonly counts: VisitorCounts) {}

  welcome(socket: RealtimeSocket): void {
    sayHello(socket);
  }

  farewell(socket: RealtimeSocket): Promise<void> {
    return this.counts.forget(socket);
  }

  @RequestCost(2)
  @SubscribeMessage(VisitorsRequest.visit)
  visit(
    @MessageBody() { page }: PageVisitDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<PageVisitors> {
    return this.counts.visit(socket, page, 'page:visitors');
  }

  @SubscribeMessage(VisitorsRequest.leave)
  leave(@ConnectedSocket() socket: RealtimeSocket): Promise<void> {
    return this.counts.leave(socket);
  }

  /** Of older clients; who looks is known from the connection, whatever `user_id` says. */
  @RequestCost(2)
  @SubscribeMessage(VisitorsRequest.blogLiveCounts)
  visitBlog(
    @MessageBody() { blog_id }: BlogLiveCountsDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<PageVisitors> {
    return this.counts.visit(socket, blogPage(blog_id), 'liveCountsSingleBlog');
  }
}
