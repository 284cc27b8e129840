import { Module } from '@nestjs/common';
import { AccountsModule } from '#libs/accounts';
import { TripsModule } from '#libs/trips';
import { SharesService } from './shares.service.js';
import { SharesStore } from './shares.store.js';

@Module({
  imports: [AccountsModule, TripsModule],
  providers: [SharesStore, SharesService],
  exports: [SharesStore, SharesService],
})
export class SharesModule {}
