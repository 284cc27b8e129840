import { Injectable } from '@nestjs/common';
import { Metrics } from '#libs/observability';
import { ExportBacklog } from './export-backlog.js';

/** Tells how far consumers of facts are behind. Every instance says the same, as Redis has it. */
@Injectable()
export class ExportMetrics {
  constructor(backlog: ExportBacklog, metrics: Metrics) {
    metrics.gauge({
      name: 'ridewire_webhook_backlog',
      help: 'Facts that a webhook has not delivered yet.',
      labels: ['endpoint'],
      read: async () =>
        (await backlog.webhooks()).map(({ endpoint, waiting }) => [[endpoint], waiting] as const),
    });
    metrics.gauge({
      name: 'ridewire_webhook_dead_letters',
      help: 'Facts that webhooks have given up and that wait for a replay.',
      read: () => backlog.deadLetters(),
    });
    metrics.gauge({
      name: 'ridewire_export_stream_length',
      help: 'Facts in the stream for the systems of the company.',
      read: () => backlog.streamLength(),
    });
  }
}
