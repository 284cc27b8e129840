import { WebSocketGateway } from '@nestjs/websockets';
import { Namespace, userRoom } from '#libs/contracts';
import { sayHello } from '../socket/connection/welcome.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';

@WebSocketGateway({ namespace: Namespace.chat })
export class ChatGateway {
  async handleConnection(socket: RealtimeSocket): Promise<void> {
    await socket.join(userRoom(socket.data.principal.userId));
    sayHello(socket);
  }
}
