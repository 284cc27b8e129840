import { Module } from '@nestjs/common';
import { SocketModule } from '../socket/socket.module.js';
import { ChatGateway } from './chat.gateway.js';

@Module({ imports: [SocketModule], providers: [ChatGateway] })
export class ChatModule {}
