import { Module } from '@nestjs/common';
import { AccountKeys } from './account-keys.js';
import { AccountsService } from './accounts.service.js';
import { AccountsStore } from './accounts.store.js';
import { FirstAdmin } from './first-admin.js';
import { PasswordHasher } from './password-hasher.js';

@Module({
  providers: [AccountKeys, AccountsStore, AccountsService, PasswordHasher, FirstAdmin],
  exports: [AccountKeys, AccountsService],
})
export class AccountsModule {}
