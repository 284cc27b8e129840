import { Module } from '@nestjs/common';
import { FixNotices } from './refused-fixes.js';
import { LocationFeed } from './location.feed.js';
import { LocationService } from './location.service.js';
import { LocationStore } from './location.store.js';

@Module({
  providers: [LocationStore, LocationService, LocationFeed, FixNotices],
  exports: [LocationService, LocationFeed, FixNotices],
})
export class LocationModule {}
