import { WebSocketGateway } from '@nestjs/websockets';
import { Namespace, passengerRoom } from '#libs/contracts';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { sayHello } from '../socket/welcome.js';

@WebSocketGateway({ namespace: Namespace.passengers })
export class PassengersGateway {
  async handleConnection(socket: RealtimeSocket): Promise<void> {
    await socket.join(passengerRoom(socket.data.principal.userId));
    sayHello(socket);
  }
}
