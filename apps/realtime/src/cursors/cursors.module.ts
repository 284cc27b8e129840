import { Module } from '@nestjs/common';
import { ChannelsModule } from '#libs/channels';
import { SocketModule } from '../socket/socket.module.js';
import { Cursors } from './cursors.js';

@Module({
  imports: [ChannelsModule, SocketModule],
  providers: [Cursors],
  exports: [Cursors],
})
export class CursorsModule {}
