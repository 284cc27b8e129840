import { Module } from '@nestjs/common';
import { AccountsModule } from '#libs/accounts';
import { AuthModule } from '#libs/auth';
import { AdminSessionsController } from './admin-sessions.controller.js';
import { AdminUsersController } from './admin-users.controller.js';
import { UsersController } from './users.controller.js';

@Module({
  imports: [AccountsModule, AuthModule],
  controllers: [AdminUsersController, AdminSessionsController, UsersController],
})
export class AccountsRestModule {}
