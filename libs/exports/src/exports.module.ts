import { Module } from '@nestjs/common';
import { InstancesModule } from '#libs/instances';
import { DeadLettersService } from './dead-letters.service.js';
import { DeadLettersStore } from './dead-letters.store.js';
import { ExportBacklog } from './export-backlog.js';
import { ExportMetrics } from './export-metrics.js';
import { ExportKeys } from './export-keys.js';
import { ExportStream } from './export-stream.js';
import { ExportTrimmer } from './export-trimmer.js';
import { Webhooks } from './webhooks.js';

/** How facts leave Redis for a company's own systems: the stream, its trimming, the webhooks. */
@Module({
  imports: [InstancesModule],
  providers: [
    ExportBacklog,
    ExportKeys,
    ExportMetrics,
    ExportStream,
    ExportTrimmer,
    Webhooks,
    DeadLettersStore,
    DeadLettersService,
  ],
  exports: [ExportBacklog, ExportStream, DeadLettersService],
})
export class ExportsModule {}
