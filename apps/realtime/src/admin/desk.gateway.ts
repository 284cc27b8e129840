import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { AccountsService } from '#libs/accounts';
import { AdminRequest, CursorMoveDto, Namespace } from '#libs/contracts';
import { Cursors, DESK } from '../cursors/cursors.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { Volatile } from '../socket/request/request-policy.decorator.js';

const NAMELESS = 'Dispatcher';

/** What dispatchers see of each other. */
@WebSocketGateway({ namespace: Namespace.admin })
export class DeskGateway {
  constructor(
    private readonly accounts: AccountsService,
    private readonly cursors: Cursors,
  ) {}

  @Volatile()
  @SubscribeMessage(AdminRequest.cursorMove)
  moveCursor(
    @MessageBody() point: CursorMoveDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): void | Promise<void> {
    const { userId } = socket.data.principal;
    const nameOf = async () => (await this.accounts.find(userId))?.name ?? NAMELESS;
    return this.cursors.move(socket, DESK.boardId, point, nameOf);
  }
}
