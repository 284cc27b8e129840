import { Module } from '@nestjs/common';
import { LocationFeed } from './location.feed.js';
import { LocationService } from './location.service.js';
import { LocationStore } from './location.store.js';

@Module({
  providers: [LocationStore, LocationService, LocationFeed],
  exports: [LocationService, LocationFeed],
})
export class LocationModule {}
