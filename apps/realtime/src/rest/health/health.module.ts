import { Module } from '@nestjs/common';
import { AuthModule } from '#libs/auth';
import { InstancesModule } from '#libs/instances';
import { SocketModule } from '../../socket/socket.module.js';
import { HealthController } from './health.controller.js';

@Module({ imports: [AuthModule, InstancesModule, SocketModule], controllers: [HealthController] })
export class HealthModule {}
