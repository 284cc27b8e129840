import { UsePipes, ValidationPipe } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import { type Namespace, type Socket } from 'socket.io';
import { locationUpdate, storedAck } from './position-answer.js';
import { StockPingDto } from './stock-ping.dto.js';
import { StockStore } from './stock-redis.js';

const ROOM = 'admin:drivers';

@WebSocketGateway({ namespace: '/admin' })
export class StockAdminGateway {
  @WebSocketServer()
  readonly namespace: Namespace;

  async handleConnection(socket: Socket): Promise<void> {
    await socket.join(ROOM);
  }
}

@WebSocketGateway({ namespace: '/drivers' })
@UsePipes(new ValidationPipe({ transform: true, whitelist: true }))
export class StockDriversGateway {
  constructor(
    private readonly store: StockStore,
    private readonly admin: StockAdminGateway,
  ) {}

  @SubscribeMessage('driver:location:ping')
  async ping(@MessageBody() fix: StockPingDto, @ConnectedSocket() socket: Socket) {
    const { driverId } = socket.handshake.auth as { driverId: string };
    await this.store.save(driverId, fix);
    this.admin.namespace.to(ROOM).emit('driver:location:update', locationUpdate(driverId, fix));
    return storedAck(fix);
  }
}
