import { Module } from '@nestjs/common';
import { AuthModule } from '#libs/auth';
import { AuthController } from './auth.controller.js';
import { OwnSessionsController } from './own-sessions.controller.js';
import { RefreshCookie } from './refresh-cookie.js';

@Module({
  imports: [AuthModule],
  controllers: [AuthController, OwnSessionsController],
  providers: [RefreshCookie],
})
export class AuthRestModule {}
