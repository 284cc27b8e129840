import { Module } from '@nestjs/common';
import { PresenceModule } from '#libs/presence';
import { TrackingService } from './tracking.service.js';

@Module({
  imports: [PresenceModule],
  providers: [TrackingService],
  exports: [TrackingService, PresenceModule],
})
export class TrackingModule {}
