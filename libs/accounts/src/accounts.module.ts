import { Module } from '@nestjs/common';
import { InstancesModule } from '#libs/instances';
import { AccountKeys } from './account-keys.js';
import { AccountRedis } from './account-redis.js';
import { AccountsService } from './accounts.service.js';
import { AccountsStore } from './accounts.store.js';
import { Contacts } from './contacts.js';
import { FirstAdmin } from './first-admin.js';
import { OldContacts } from './old-contacts.js';
import { OldKeys } from './old-keys.js';
import { OldRecords } from './old-records.js';
import { OlderInstances } from './older-instances.js';
import { PasswordHasher } from './passwords.js';
import { UntoldChanges } from './untold-changes.js';

@Module({
  imports: [InstancesModule],
  providers: [
    AccountKeys,
    AccountRedis,
    AccountsStore,
    AccountsService,
    Contacts,
    OldContacts,
    OldKeys,
    OldRecords,
    OlderInstances,
    PasswordHasher,
    FirstAdmin,
    UntoldChanges,
  ],
  exports: [AccountKeys, AccountRedis, AccountsService, OldKeys, OlderInstances, UntoldChanges],
})
export class AccountsModule {}
