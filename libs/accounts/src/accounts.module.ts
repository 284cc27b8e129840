import { Module } from '@nestjs/common';
import { AccountKeys } from './account-keys.js';
import { AccountsService } from './accounts.service.js';
import { AccountsStore } from './accounts.store.js';
import { Contacts } from './contacts.js';
import { FirstAdmin } from './first-admin.js';
import { OldContacts } from './old-contacts.js';
import { PasswordHasher } from './passwords.js';

@Module({
  providers: [
    AccountKeys,
    AccountsStore,
    AccountsService,
    Contacts,
    OldContacts,
    PasswordHasher,
    FirstAdmin,
  ],
  exports: [AccountKeys, AccountsService],
})
export class AccountsModule {}
