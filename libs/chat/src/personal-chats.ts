import { Injectable, Module } from '@nestjs/common';
import { appendEntryPart, ChannelKeys, readEntry } from '#libs/channels';
import { type ChatMessage } from '#libs/contracts';
import { anonymised, ERASED_NAME, type ErasedCounts, type Person } from '#libs/personal-data';
import { KeyScan, LuaScript, RedisCommands, RedisKeys } from '#libs/redis';
import {
  toChatMessage,
  type ChatContent,
  type ChatEntry,
  type MessageEntry,
} from './chat-content.js';
import { channelOf, ChatKeys } from './chat-keys.js';

const forgetMuterScript = LuaScript.load(import.meta.url, 'forget_muter');
const eraseScript = LuaScript.load(
  import.meta.url,
  'erase_person',
  appendEntryPart,
  'conversation',
  'person_in_conversation',
);

/** Entries that are replaced in one call. */
const BATCH = 100;

export interface PersonalChat {
  conversationId: string;
  /** What the person wrote, the oldest first. */
  messages: ChatMessage[];
}

type StoredEntry = ChatEntry & { key?: string };

/** What a person wrote and where. A conversation of two is about both, so it goes whole. */
@Injectable()
export class PersonalChats {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: ChatKeys,
    private readonly channels: ChannelKeys,
    private readonly names: RedisKeys,
    private readonly scan: KeyScan,
  ) {}

  async exportOf({ id }: Person): Promise<PersonalChat[]> {
    const chats: PersonalChat[] = [];
    for await (const conversationId of this.conversations()) {
      const [log, isMember] = await this.redis.do((redis) =>
        Promise.all([
          redis.hgetall(this.channels.of(channelOf(conversationId)).log),
          redis.hexists(this.keys.members(conversationId), id),
        ]),
      );
      const messages = Object.values(log)
        .map((json) => readEntry<ChatContent>(json))
        .filter((entry): entry is MessageEntry => isMessageOf(id, entry.content))
        .toSorted((a, b) => a.version - b.version)
        .map((entry) => toChatMessage(conversationId, entry));
      if (messages.length > 0 || isMember === 1) chats.push({ conversationId, messages });
    }
    return chats;
  }

  async erase(person: Person): Promise<ErasedCounts> {
    let conversations = 0;
    for await (const conversationId of this.conversations()) {
      const isOfTwo =
        conversationId.startsWith('direct:') && conversationId.split(':').includes(person.id);
      const gone = isOfTwo
        ? await this.removeDirect(conversationId)
        : await this.eraseFrom(conversationId, person);
      if (gone > 0) conversations += 1;
    }
    const chatLimits = (await this.eraseOwnKeys(person)) + (await this.eraseMutesBy(person));
    return { conversations, chatLimits };
  }

  /** Every conversation that has anything, by the names of its keys. */
  private async *conversations(): AsyncGenerator<string> {
    const prefix = this.names.rawPrefix('').length;
    const found = new Set<string>();
    for await (const page of this.scan.pages('{ch:chat:*}:*')) {
      for (const key of page) {
        const encoded = /^\{ch:chat:(.+)\}:[a-z]+$/su.exec(key.slice(prefix))?.[1];
        if (encoded !== undefined)
          found.add(encoded.replaceAll(/%7B|%7D|%25/g, decodeURIComponent));
      }
    }
    yield* found;
  }

  /** The other one loses it as well: its name has both in it. */
  private async removeDirect(conversationId: string): Promise<number> {
    const [, ...people] = conversationId.split(':');
    const keys = this.keys.conversation(conversationId);
    for (const userId of people)
      await this.redis.do((redis) => redis.zrem(this.keys.conversationsOf(userId), conversationId));
    await this.redis.do((redis) => redis.zrem(this.keys.unexported, conversationId));
    return this.redis.do((redis) => redis.del(...keys));
  }

  private async eraseFrom(conversationId: string, person: Person): Promise<number> {
    const { log } = this.channels.of(channelOf(conversationId));
    const stored = await this.redis.do((redis) => redis.hgetall(log));
    const replaced = Object.entries(stored).flatMap(([version, before]) => {
      const entry = JSON.parse(before) as StoredEntry;
      const after = withoutPerson(entry, person);
      return after === entry ? [] : [[version, before, JSON.stringify(after)]];
    });
    let changed = 0;
    for (let first = 0; first === 0 || first < replaced.length; first += BATCH) {
      const batch = replaced.slice(first, first + BATCH);
      changed += Number(
        await this.redis.run(eraseScript, this.keys.conversation(conversationId), [
          person.id,
          ...batch.flat(),
        ]),
      );
    }
    return changed;
  }

  /** The mutes that the person made stay; who made them is erased. */
  private async eraseMutesBy({ id }: Person): Promise<number> {
    const prefix = this.names.rawPrefix('').length;
    let erased = 0;
    for (const key of await this.scan.all('{chatter:*}:muted-by')) {
      const userId = /^\{chatter:(.+)\}:muted-by$/.exec(key.slice(prefix))?.[1];
      if (userId === undefined) continue;
      erased += (await this.redis.run(
        forgetMuterScript,
        [this.keys.mutedBy(userId)],
        [id],
      )) as number;
    }
    return erased;
  }

  private async eraseOwnKeys({ id }: Person): Promise<number> {
    const keys = [
      this.keys.conversationsOf(id),
      this.keys.muteOf(id),
      this.keys.mutedBy(id),
      this.keys.spentBy(id, 'messages'),
      this.keys.spentBy(id, 'rooms'),
    ];
    return this.redis.do((redis) => redis.del(...keys));
  }
}

function isMessageOf(userId: string, content: ChatContent): boolean {
  return content.kind === 'message' && content.from.userId === userId;
}

/** Of what the person wrote a tombstone stays, so that versions have no gap; the same entry if it is not named. */
function withoutPerson(entry: StoredEntry, person: Person): StoredEntry {
  const { content, key, ...place } = entry;
  const isKeyed = key !== undefined && key.split(' ')[0] !== person.id ? { key } : {};
  if (content.kind === 'message' && content.from.userId === person.id) {
    const from = { ...content.from, userId: person.pseudonym, name: ERASED_NAME };
    const deletedAt = content.deletedAt ?? Date.now();
    return {
      ...place,
      ...isKeyed,
      content: { kind: 'message', from, clientMessageId: '', text: '', deletedAt },
    };
  }
  if (content.kind === 'edited' && content.message.from.userId === person.id)
    return { ...place, ...isKeyed, content: { kind: 'emptied', target: content.target } };
  const changed = anonymised(content, person);
  return changed === content ? entry : { ...place, ...isKeyed, content: changed };
}

/** For commands: without what an instance does by itself. */
@Module({
  providers: [ChannelKeys, ChatKeys, PersonalChats],
  exports: [PersonalChats],
})
export class PersonalChatsModule {}
