import { type ExportedFact } from '#libs/contracts';
import { LuaScript, type RedisCommands } from '#libs/redis';
import { type ExportKeys, type WebhookKeys } from './export-keys.js';
import { factOf, fieldsOf } from './export-stream.js';

const takeScript = LuaScript.load(import.meta.url, 'take_facts', 'waiting_facts');
const finishScript = LuaScript.load(import.meta.url, 'finish_fact', 'waiting_facts');
const postponeScript = LuaScript.load(import.meta.url, 'postpone_fact', 'waiting_facts');
const hastenScript = LuaScript.load(import.meta.url, 'hasten_facts');

const ADMIT_BATCH = 200;
/** Facts that one webhook has taken from the stream and not delivered; the others wait in the stream. */
const MAX_ADMITTED = 10_000;
const DROPPED_AT_ONCE = 500;

/** A fact and the right to deliver it, which ends after the time of a turn. */
export interface TakenFact {
  subject: string;
  id: string;
  /** The first is 1. */
  attempt: number;
  /** Undefined when the entry is no fact. */
  fact: ExportedFact | undefined;
  /** The entry as it was appended. */
  fields: Partial<Record<string, string>>;
}

export interface TakeResult {
  taken: TakenFact[];
  /** Until the next fact may be due; undefined when none waits. */
  waitMs: number | undefined;
  /** Facts that the stream dropped before they could be delivered. */
  lost: number;
}

/** What one webhook has to deliver, shared by all instances: one fact of a subject at a time. */
export class WebhookQueue {
  private readonly webhook: WebhookKeys;
  private isAdopted = false;

  /** @param options `turnMs`: how long an instance may be at a fact before another one takes it */
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: ExportKeys,
    private readonly options: { endpoint: string; turnMs: number; deadLettersKept: number },
  ) {
    this.webhook = keys.webhook(options.endpoint);
  }

  async take(most: number): Promise<TakeResult> {
    if (!this.isAdopted) await this.dropOldQueues();
    const { due, attempts, replayed, waiting, places } = this.webhook;
    const { endpoint, turnMs } = this.options;
    const [waitMs, lost, taken] = (await this.redis.run(
      takeScript,
      [this.keys.stream, due, attempts, replayed, waiting, places],
      [endpoint, most, turnMs, ADMIT_BATCH, MAX_ADMITTED],
    )) as [number, number, [string, string, number, string[]][]];
    return {
      waitMs: waitMs < 0 ? undefined : waitMs,
      lost,
      taken: taken.map(([subject, id, attempt, flat]) => {
        const fields = fieldsOf(flat);
        return { subject, id, attempt, fields, fact: factOf(id, fields) };
      }),
    };
  }

  /** A delivery counts also when the turn was over. */
  async finish(taken: TakenFact): Promise<void> {
    await this.end(taken, []);
  }

  /** @returns false when another instance is at the fact by now */
  async bury(taken: TakenFact, reason: string): Promise<boolean> {
    const { id: factId, subject, attempt } = taken;
    const { type = '', version = '', at = '', data = '' } = taken.fields;
    const fact = { factId, type, subject, version, at, data };
    const letter = { endpoint: this.options.endpoint, ...fact, reason, attempts: String(attempt) };
    return this.end(taken, Object.entries(letter).flat());
  }

  async postpone({ subject, id, attempt }: TakenFact, delayMs: number): Promise<void> {
    const { due, attempts, waiting } = this.webhook;
    await this.redis.run(postponeScript, [due, attempts, waiting], [subject, id, attempt, delayMs]);
  }

  /** Ends the waits for next attempts. */
  async hasten(): Promise<void> {
    await this.redis.run(hastenScript, [this.webhook.due], [this.options.turnMs, MAX_ADMITTED]);
  }

  /** The script then takes over from the stream what they held. */
  private async dropOldQueues(): Promise<void> {
    const { due, places } = this.webhook;
    if ((await this.redis.do((redis) => redis.exists(places))) === 0) {
      const subjects = await this.redis.do((redis) => redis.zrange(due, 0, '-1'));
      const lists = subjects.map((subject) => this.keys.oldQueue(this.options.endpoint, subject));
      for (let i = 0; i < lists.length; i += DROPPED_AT_ONCE)
        await this.redis.do((redis) => redis.unlink(...lists.slice(i, i + DROPPED_AT_ONCE)));
    }
    this.isAdopted = true;
  }

  private async end(taken: TakenFact, deadLetter: string[]): Promise<boolean> {
    const { due, attempts, replayed, waiting } = this.webhook;
    const { endpoint, deadLettersKept } = this.options;
    const { subject, id, attempt } = taken;
    const { stream, deadLetters } = this.keys;
    const ended = await this.redis.run(
      finishScript,
      [stream, due, attempts, replayed, waiting, deadLetters],
      [endpoint, subject, id, attempt, deadLettersKept, ...deadLetter],
    );
    return ended === 1;
  }
}
