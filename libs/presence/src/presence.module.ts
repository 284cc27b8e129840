import { Module } from '@nestjs/common';
import { PlaceFeed } from './place-feed.js';
import { PresenceService } from './presence.service.js';
import { PresenceStore } from './presence.store.js';

@Module({
  providers: [PresenceStore, PresenceService, PlaceFeed],
  exports: [PresenceService, PlaceFeed],
})
export class PresenceModule {}
