import { Module } from '@nestjs/common';
import { InstanceDirectory } from './instance-directory.js';
import { InstanceBoard } from './instance-board.js';
import { InstanceBoardStore } from './instance-board.store.js';
import { InstanceDirectoryStore } from './instance-directory.store.js';

@Module({
  providers: [InstanceBoard, InstanceBoardStore, InstanceDirectoryStore, InstanceDirectory],
  exports: [InstanceBoard, InstanceDirectory],
})
export class InstancesModule {}
