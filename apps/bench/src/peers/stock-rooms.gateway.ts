import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from '@nestjs/websockets';
import { type Namespace, type Socket } from 'socket.io';

interface RoomRequest {
  room: string;
  username: string;
}

/** What tutorials of Nest show of rooms: nothing is checked, numbered or kept. */
@WebSocketGateway({ namespace: '/chat' })
export class StockRoomsGateway {
  @WebSocketServer()
  readonly namespace: Namespace;

  @SubscribeMessage('joinRoom')
  async join(@MessageBody() { room, username }: RoomRequest, @ConnectedSocket() socket: Socket) {
    await socket.join(room);
    this.namespace.to(room).emit('userJoinedRoom', { username, room, timestamp: new Date() });
    return { success: true, room, members: this.namespace.adapter.rooms.get(room)?.size ?? 0 };
  }

  @SubscribeMessage('sendRoomMessage')
  send(@MessageBody() { room, username, message }: RoomRequest & { message: string }) {
    const sent = { username, room, message, timestamp: new Date() };
    this.namespace.to(room).emit('newRoomMessage', sent);
    return { success: true };
  }
}
