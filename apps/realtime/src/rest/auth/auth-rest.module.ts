import { Module } from '@nestjs/common';
import { AuthModule } from '#libs/auth';
import { AuthController } from './auth.controller.js';
import { OwnSessionsController } from './own-sessions.controller.js';
import { AuthCookies } from './auth-cookies.js';

@Module({
  imports: [AuthModule],
  controllers: [AuthController, OwnSessionsController],
  providers: [AuthCookies],
})
export class AuthRestModule {}
