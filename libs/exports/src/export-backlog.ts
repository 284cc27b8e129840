import { Inject, Injectable } from '@nestjs/common';
import { webhooksConfig, type ConfigType } from '#libs/config';
import { RedisCommands } from '#libs/redis';
import { endpointsOf, ExportKeys } from './export-keys.js';

/** How far one webhook is behind. */
export interface WebhookBacklog {
  /** Its name; the URL may be secret. */
  endpoint: string;
  /** Facts that it has not delivered yet. */
  waiting: number;
}

/** How far the systems of the company are behind. Every instance says the same, as Redis has it. */
@Injectable()
export class ExportBacklog {
  private readonly endpoints: readonly string[];

  constructor(
    @Inject(webhooksConfig.KEY) settings: ConfigType<typeof webhooksConfig>,
    private readonly commands: RedisCommands,
    private readonly keys: ExportKeys,
  ) {
    this.endpoints = endpointsOf(settings.urls).map(({ name }) => name);
  }

  /** @throws RequestError REDIS_UNAVAILABLE */
  async webhooks(): Promise<WebhookBacklog[]> {
    if (this.endpoints.length === 0) return [];
    const groups = await this.groups();
    return this.endpoints.map((endpoint) => ({ endpoint, waiting: groups.get(endpoint) ?? 0 }));
  }

  /** Facts that webhooks have given up. @throws RequestError REDIS_UNAVAILABLE */
  deadLetters(): Promise<number> {
    return this.commands.do((redis) => redis.xlen(this.keys.deadLetters));
  }

  /** Facts in the stream. @throws RequestError REDIS_UNAVAILABLE */
  streamLength(): Promise<number> {
    return this.commands.do((redis) => redis.xlen(this.keys.stream));
  }

  /** None before the first fact: there is no stream yet. */
  private async groups(): Promise<Map<string, number>> {
    const groups = (await this.commands
      .do((redis) => redis.xinfo('GROUPS', this.keys.stream))
      .catch((error: unknown) => {
        if (error instanceof Error && /no such key/i.test(error.message)) return [];
        throw error;
      })) as unknown[][];
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
