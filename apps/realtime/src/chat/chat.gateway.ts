import { WebSocketGateway } from '@nestjs/websockets';
import { Namespace } from '#libs/contracts';
import {
  sayHello,
  Welcomes,
  type NamespaceWelcome,
} from '../socket/connection/namespace-welcome.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';

@WebSocketGateway({ namespace: Namespace.chat })
@Welcomes(Namespace.chat)
export class ChatGateway implements NamespaceWelcome {
  welcome(socket: RealtimeSocket): void {
    sayHello(socket);
  }
}
