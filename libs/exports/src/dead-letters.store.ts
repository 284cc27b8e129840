import { Injectable } from '@nestjs/common';
import { LuaScript, RedisCommands } from '#libs/redis';
import { ExportKeys } from './export-keys.js';
import { fieldsOf } from './export-stream.js';

/** A fact that a webhook gave up. What it says of the trip stays in Redis. */
export interface DeadLetter {
  /** Of the dead letter, to replay it by. */
  id: string;
  /** Name of the webhook. */
  endpoint: string;
  factId: string;
  /** Empty, like `version` and `at` are null, when what was appended is no fact. */
  type: string;
  subject: string;
  version: number | null;
  /** When it happened, ISO 8601. */
  at: string | null;
  reason: string;
  attempts: number;
  /** When it was given up, ISO 8601. */
  diedAt: string;
}

const replayScript = LuaScript.load(import.meta.url, 'replay_dead_letter', 'waiting_facts');

@Injectable()
export class DeadLettersStore {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: ExportKeys,
  ) {}

  /** The oldest first. */
  list(limit: number, after?: string): Promise<DeadLetter[]> {
    return this.read(after === undefined ? '-' : `(${after}`, '+', limit);
  }

  async find(id: string): Promise<DeadLetter | undefined> {
    return (await this.read(id, id, 1))[0];
  }

  /** @returns false when somebody else has replayed it */
  async replay({ id, endpoint }: DeadLetter): Promise<boolean> {
    const { turns, replayed, waiting, places } = this.keys.webhook(endpoint);
    const done = await this.redis.run(
      replayScript,
      [this.keys.deadLetters, turns, replayed, waiting, places, this.keys.clock],
      [id],
    );
    return done === 1;
  }

  private async read(from: string, to: string, limit: number): Promise<DeadLetter[]> {
    const entries = await this.redis.do((redis) =>
      redis.xrange(this.keys.deadLetters, from, to, 'COUNT', limit),
    );
    return entries.map(([id, flat]) => deadLetterOf(id, fieldsOf(flat)));
  }
}

function deadLetterOf(id: string, fields: Partial<Record<string, string>>): DeadLetter {
  return {
    id,
    endpoint: fields['endpoint'] ?? '',
    factId: fields['factId'] ?? '',
    type: fields['type'] ?? '',
    subject: fields['subject'] ?? '',
    version: wholeNumberOf(fields['version']) ?? null,
    at: isoTime(wholeNumberOf(fields['at'])),
    reason: fields['reason'] ?? '',
    attempts: Number(fields['attempts']),
    diedAt: new Date(Number(id.split('-')[0])).toISOString(),
  };
}

function wholeNumberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function isoTime(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : new Date(epochMs).toISOString();
}
