import { Injectable } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import { AuthService } from '#libs/auth';
import { AuthRefreshDto, RequestError, SessionRequest, type AuthRefreshed } from '#libs/contracts';
import { type RealtimeSocket } from '../realtime-socket.js';
import { EveryNamespace, RequestCost } from './request-policy.decorator.js';

/** What every namespace serves: the session of the socket itself. */
@Injectable()
@EveryNamespace()
export class SessionRequests {
  constructor(private readonly auth: AuthService) {}

  /** Swaps the token in place: rooms, queue and epoch stay. */
  @RequestCost(5)
  @SubscribeMessage(SessionRequest.authRefresh)
  async refresh(
    @MessageBody() request: AuthRefreshDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<AuthRefreshed> {
    const present = socket.data.principal;
    const fresh = await this.auth.authenticate(request.token);
    if (
      fresh.userId !== present.userId ||
      fresh.sid !== present.sid ||
      fresh.userType !== present.userType
    ) {
      throw new RequestError('TOKEN_INVALID', {
        message: 'The token is of another session. Connect anew with it.',
      });
    }
    // An older token must not shorten the life of the socket.
    if (fresh.expiresAt > present.expiresAt) {
      socket.data.principal = fresh;
      socket.data.connection.expiryNoticed = false;
    }
    return { expiresAt: socket.data.principal.expiresAt };
  }
}
