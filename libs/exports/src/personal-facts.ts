import { Injectable, Module } from '@nestjs/common';
import { type ExportedFact } from '#libs/contracts';
import { anonymised, type Person } from '#libs/personal-data';
import { KeyScan, LuaScript, RedisCommands, RedisKeys } from '#libs/redis';
import { ExportKeys } from './export-keys.js';
import { ExportStream, factOf, fieldsOf } from './export-stream.js';

const forgetScript = LuaScript.load(import.meta.url, 'forget_facts');
const readReplayed = LuaScript.load(import.meta.url, 'read_replayed');

const PAGE = 500;

export interface ErasedFacts {
  facts: number;
  deadLetters: number;
  /** Facts that a system of the company has not acknowledged yet: they are still there. */
  waiting: number;
}

/** What leaves, or left, for the company's own systems about a person, for as long as it is kept here. */
@Injectable()
export class PersonalFacts {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: ExportKeys,
    private readonly names: RedisKeys,
    private readonly scan: KeyScan,
  ) {}

  /** Which there are; what they say is what trips and conversations say. */
  async exportOf(person: Person): Promise<Omit<ExportedFact, 'data'>[]> {
    const found: Omit<ExportedFact, 'data'>[] = [];
    for await (const page of this.pages(this.keys.stream)) {
      for (const [id, flat] of page) {
        if (!isAbout(person, flat)) continue;
        const fact = factOf(id, fieldsOf(flat));
        if (!fact) continue;
        const { type, subject, version, at } = fact;
        found.push({ id, type, subject, version, at });
      }
    }
    return found;
  }

  /** @param isForced removes also what systems of the company wait for: they never get it then */
  async erase(person: Person, isForced: boolean): Promise<ErasedFacts> {
    const erased: ErasedFacts = { facts: 0, deadLetters: 0, waiting: 0 };
    for await (const page of this.pages(this.keys.stream)) {
      const ids = page.filter(([, flat]) => isAbout(person, flat)).map(([id]) => id);
      if (ids.length === 0) continue;
      const [removed, waiting] = (await this.redis.run(
        forgetScript,
        [this.keys.stream],
        [isForced ? '1' : '', ...ids],
      )) as [number, number];
      erased.facts += removed;
      erased.waiting += waiting;
    }
    for await (const page of this.pages(this.keys.deadLetters)) {
      const ids = page.filter(([, flat]) => isAbout(person, flat)).map(([id]) => id);
      if (ids.length > 0)
        erased.deadLetters += await this.redis.do((redis) =>
          redis.xdel(this.keys.deadLetters, ...ids),
        );
    }
    await this.eraseReplayed(person, isForced, erased);
    return erased;
  }

  /** Dead letters that are tried again lie beside the stream, packed. */
  private async eraseReplayed(
    person: Person,
    isForced: boolean,
    erased: ErasedFacts,
  ): Promise<void> {
    const prefix = this.names.rawPrefix('').length;
    const { replayed } = this.keys.webhook('*');
    for (const key of await this.scan.all(replayed.slice(prefix))) {
      const facts = (await this.redis.run(readReplayed, [key], [])) as [string, string[]][];
      const ids = facts.filter(([, flat]) => isAbout(person, flat)).map(([id]) => id);
      if (ids.length === 0) continue;
      if (isForced) erased.facts += await this.redis.do((redis) => redis.hdel(key, ...ids));
      else erased.waiting += ids.length;
    }
  }

  private async *pages(key: string): AsyncGenerator<[id: string, flat: string[]][]> {
    let from = '-';
    for (;;) {
      const page = await this.redis.do((redis) => redis.xrange(key, from, '+', 'COUNT', PAGE));
      if (page.length === 0) return;
      yield page;
      from = `(${page.at(-1)![0]}`;
    }
  }
}

/** Whether an entry says something of the person, in its subject or its data. */
function isAbout(person: Person, flat: readonly string[]): boolean {
  const { subject = '', data = '' } = fieldsOf(flat);
  if (subject.split(':').includes(person.id)) return true;
  try {
    const parsed = JSON.parse(data) as unknown;
    return anonymised(parsed, person) !== parsed;
  } catch {
    return data.includes(person.id);
  }
}

/** For commands: without what an instance does by itself. */
@Module({
  providers: [ExportKeys, ExportStream, PersonalFacts],
  exports: [ExportStream, PersonalFacts],
})
export class PersonalFactsModule {}
