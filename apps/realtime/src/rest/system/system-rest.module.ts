import { Module } from '@nestjs/common';
import { ExportsModule } from '#libs/exports';
import { InstancesModule } from '#libs/instances';
import { SocketModule } from '../../socket/socket.module.js';
import { OwnFigures } from './own-figures.js';
import { AdminSystemController } from './admin-system.controller.js';

@Module({
  imports: [ExportsModule, InstancesModule, SocketModule],
  controllers: [AdminSystemController],
  providers: [OwnFigures],
})
export class SystemRestModule {}
