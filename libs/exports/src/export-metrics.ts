import { Inject, Injectable } from '@nestjs/common';
import { webhooksConfig, type ConfigType } from '#libs/config';
import { Metrics } from '#libs/observability';
import { RedisCommands } from '#libs/redis';
import { endpointsOf, ExportKeys } from './export-keys.js';

/** Tells how far consumers of facts are behind. Every instance says the same, as Redis has it. */
@Injectable()
export class ExportMetrics {
  constructor(
    @Inject(webhooksConfig.KEY) settings: ConfigType<typeof webhooksConfig>,
    private readonly commands: RedisCommands,
    private readonly keys: ExportKeys,
    metrics: Metrics,
  ) {
    const endpoints = new Set(endpointsOf(settings.urls).map(({ name }) => name));
    metrics.gauge({
      name: 'ridewire_webhook_backlog',
      help: 'Facts that a webhook has not delivered yet.',
      labels: ['endpoint'],
      read: async () => {
        if (endpoints.size === 0) return [];
        const behind = await this.behindByGroup();
        return [...endpoints].map((name) => [[name], behind.get(name) ?? 0] as const);
      },
    });
    metrics.gauge({
      name: 'ridewire_webhook_dead_letters',
      help: 'Facts that webhooks have given up and that wait for a replay.',
      read: () => this.commands.do((redis) => redis.xlen(keys.deadLetters)),
    });
    metrics.gauge({
      name: 'ridewire_export_stream_length',
      help: 'Facts in the stream for the systems of the company.',
      read: () => this.commands.do((redis) => redis.xlen(keys.stream)),
    });
  }

  private async behindByGroup(): Promise<Map<string, number>> {
    const groups = (await this.commands.do((redis) =>
      redis.xinfo('GROUPS', this.keys.stream),
    )) as unknown[][];
    return new Map(
      groups.map((flat) => {
        const fields = new Map<unknown, unknown>();
        for (let at = 0; at < flat.length; at += 2) fields.set(flat[at], flat[at + 1]);
        // What the group was given is pending until it is delivered; the lag is what it was not given.
        const behind = Number(fields.get('pending')) + Number(fields.get('lag') ?? 0);
        return [String(fields.get('name')), behind];
      }),
    );
  }
}
