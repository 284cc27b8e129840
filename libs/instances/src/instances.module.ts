import { Module } from '@nestjs/common';
import { InstanceDirectory } from './instance-directory.js';
import { InstanceDirectoryStore } from './instance-directory.store.js';

@Module({
  providers: [InstanceDirectoryStore, InstanceDirectory],
  exports: [InstanceDirectory],
})
export class InstancesModule {}
