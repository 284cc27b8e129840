import { Module } from '@nestjs/common';
import { FaresService } from './fares.service.js';
import { SurgeService } from './surge.service.js';
import { SurgeStore } from './surge.store.js';

@Module({
  providers: [SurgeStore, SurgeService, FaresService],
  exports: [SurgeService, FaresService],
})
export class FaresModule {}
