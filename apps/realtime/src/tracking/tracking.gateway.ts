import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import {
  EchoDto,
  LocationUpdateDto,
  Namespace,
  RequestError,
  TrackingRequest,
  type LocationUpdateResult,
} from '#libs/contracts';
import { refuseImplausible } from '#libs/location';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { Outbox } from '../socket/sending/outbox.js';
import { TrackingSessions } from './tracking-sessions.js';

@WebSocketGateway({ namespace: Namespace.tracking })
export class TrackingGateway {
  constructor(
    private readonly sessions: TrackingSessions,
    private readonly outbox: Outbox,
  ) {}

  @SubscribeMessage(TrackingRequest.locationUpdate)
  async updateLocation(
    @MessageBody() { fix, claimedUserId }: LocationUpdateDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<LocationUpdateResult> {
    if (claimedUserId !== undefined && claimedUserId !== socket.data.principal.userId)
      throw new RequestError('FORBIDDEN', {
        message: 'userId is not that of the account. Send hello.userId, or leave it out.',
      });
    const serverTime = Date.now();
    const result = await this.sessions.trackerOf(socket).record(fix, serverTime);
    refuseImplausible({ results: [result], serverTime });
    return { ...result, serverTime };
  }

  /** The playground of older clients. Nobody else hears it (LEAK1). */
  @SubscribeMessage(TrackingRequest.events)
  echo(@MessageBody() { text }: EchoDto, @ConnectedSocket() socket: RealtimeSocket): string {
    this.outbox.tracking.toSocket(socket, 'events', text);
    return text;
  }
}
