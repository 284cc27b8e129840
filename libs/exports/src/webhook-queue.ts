import { type ExportedFact } from '#libs/contracts';
import { type InstanceDirectory } from '#libs/instances';
import { LuaScript, type RedisCommands } from '#libs/redis';
import { type ExportKeys, type OldWebhookKeys, type WebhookKeys } from './export-keys.js';
import { factOf, fieldsOf } from './export-stream.js';

const takeScript = LuaScript.load(import.meta.url, 'take_facts', 'waiting_facts');
const finishScript = LuaScript.load(import.meta.url, 'finish_fact', 'waiting_facts');
const postponeScript = LuaScript.load(import.meta.url, 'postpone_fact', 'waiting_facts');
const adoptScript = LuaScript.load(import.meta.url, 'adopt_facts', 'waiting_facts');
const handBackScript = LuaScript.load(import.meta.url, 'hand_back_facts', 'waiting_facts');
const hastenScript = LuaScript.load(import.meta.url, 'hasten_facts');

const ADMIT_BATCH = 200;
/** Facts that one webhook has taken from the stream and not delivered; the others wait in the stream. */
const MAX_ADMITTED = 10_000;
/** Subjects that one call takes from the release before, or gives back to it. */
const MOVED_AT_ONCE = 200;

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
  private readonly old: OldWebhookKeys;

  /** @param options `turnMs`: how long an instance may be at a fact before another one takes it */
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: ExportKeys,
    private readonly directory: InstanceDirectory,
    private readonly options: { endpoint: string; turnMs: number; deadLettersKept: number },
  ) {
    this.webhook = keys.webhook(options.endpoint);
    this.old = keys.oldWebhook(options.endpoint);
  }

  /** Nothing while an instance of release 0.1.0 is there, which keeps its facts elsewhere: it delivers all of them. */
  async take(most: number): Promise<TakeResult> {
    if (await this.directory.hasOlder()) {
      await this.handBack();
      return { taken: [], waitMs: undefined, lost: 0 };
    }
    await this.adopt();
    const { turns, tries, replayed, waiting, places } = this.webhook;
    const { endpoint, turnMs } = this.options;
    const [waitMs, lost, taken] = (await this.redis.run(
      takeScript,
      [this.keys.stream, turns, tries, replayed, waiting, places, this.keys.clock],
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
    const { turns, tries, waiting } = this.webhook;
    await this.redis.run(
      postponeScript,
      [turns, tries, waiting, this.keys.clock],
      [subject, id, attempt, delayMs],
    );
  }

  /** Ends the waits for next attempts. */
  async hasten(): Promise<void> {
    await this.redis.run(
      hastenScript,
      [this.webhook.turns, this.keys.clock],
      [this.options.turnMs, MAX_ADMITTED],
    );
  }

  private async adopt(): Promise<void> {
    const { turns, tries, waiting, places } = this.webhook;
    const { due, attempts } = this.old;
    await this.moveAll(due, (subjects, queues) =>
      this.redis.run(
        adoptScript,
        [turns, tries, waiting, places, due, attempts, this.keys.clock, ...queues],
        subjects,
      ),
    );
  }

  private async handBack(): Promise<void> {
    const { turns, tries, waiting } = this.webhook;
    const { due, attempts } = this.old;
    await this.moveAll(turns, (subjects, queues) =>
      this.redis.run(handBackScript, [turns, tries, waiting, due, attempts, ...queues], subjects),
    );
  }

  /** @param from sorted set of the subjects, which the move takes out */
  private async moveAll(
    from: string,
    move: (subjects: string[], queues: string[]) => Promise<unknown>,
  ): Promise<void> {
    const { endpoint } = this.options;
    for (;;) {
      const subjects = await this.redis.do((redis) =>
        redis.zrange(from, '0', String(MOVED_AT_ONCE - 1)),
      );
      if (subjects.length === 0) return;
      const queues = subjects.map((subject) => this.keys.oldQueue(endpoint, subject));
      await move(subjects, queues);
    }
  }

  private async end(taken: TakenFact, deadLetter: string[]): Promise<boolean> {
    const { turns, tries, replayed, waiting } = this.webhook;
    const { endpoint, deadLettersKept } = this.options;
    const { subject, id, attempt } = taken;
    const { stream, deadLetters, clock } = this.keys;
    const ended = await this.redis.run(
      finishScript,
      [stream, turns, tries, replayed, waiting, deadLetters, clock],
      [endpoint, subject, id, attempt, deadLettersKept, ...deadLetter],
    );
    return ended === 1;
  }
}
