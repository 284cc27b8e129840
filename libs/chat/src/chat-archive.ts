import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { chatConfig, type ConfigType } from '#libs/config';
import { LuaScript, RedisCommands, RedisConnections } from '#libs/redis';
import { ChatKeys } from './chat-keys.js';

const scripts = {
  claim: LuaScript.load(import.meta.url, 'claim_unexported'),
  renew: LuaScript.load(import.meta.url, 'renew_export_turn'),
  expect: LuaScript.load(import.meta.url, 'note_unexported'),
  note: LuaScript.load(import.meta.url, 'note_exported'),
  forget: LuaScript.load(import.meta.url, 'forget_unexported'),
};

/** A note holds for so long: what is said within it needs no other one. */
const NOTE_MS = 10_000;
/** A note stays so long after it was written: whatever it was written for has happened by then. */
const STAYS_MS = 60_000;
/** Conversations whose notes an instance remembers; then it notes them again. */
const REMEMBERED = 10_000;

/** A turn of exporting: it ends by itself, also while its instance is still at work. */
export interface ExportTurn {
  token: string;
  /** Conversations to look at, the longest waiting first. */
  waiting: string[];
}

/**
 * Which conversations have something to export. It is noted before something is said, so that a crash
 * between the two costs a look and no message. Notes are compared by the clock of Redis: those of
 * instances differ.
 */
@Injectable()
export class ChatArchive {
  /** By the clock of `performance`. */
  private readonly notedAt = new Map<string, number>();

  constructor(
    @Inject(chatConfig.KEY) private readonly settings: ConfigType<typeof chatConfig>,
    private readonly redis: RedisCommands,
    private readonly keys: ChatKeys,
    connections: RedisConnections,
  ) {
    // Who answers next may have lost the newest notes, and has what is said from now on.
    connections.onCommandsLost(() => this.notedAt.clear());
  }

  /** Something may be said in the conversation right after this. @throws RequestError REDIS_UNAVAILABLE */
  async expect(conversationId: string): Promise<void> {
    if (!this.settings.isExported) return;
    const now = performance.now();
    if (now - (this.notedAt.get(conversationId) ?? Number.NEGATIVE_INFINITY) < NOTE_MS) return;
    await this.redis.run(scripts.expect, [this.keys.unexported], [conversationId]);
    if (this.notedAt.size >= REMEMBERED) this.notedAt.clear();
    this.notedAt.set(conversationId, now);
  }

  /** Nothing waits while it is another instance's turn. */
  async claim(turnMs: number): Promise<ExportTurn> {
    const token = randomUUID();
    const waiting = (await this.redis.run(
      scripts.claim,
      [this.keys.unexported, this.keys.exportTurn],
      [turnMs, token],
    )) as string[];
    return { token, waiting };
  }

  /** To be asked before each page. @returns false when the turn is over: then another instance may export */
  async renew({ token }: ExportTurn, turnMs: number): Promise<boolean> {
    return (await this.redis.run(scripts.renew, [this.keys.exportTurn], [turnMs, token])) === 1;
  }

  /** The newest version that was exported; 0 for none. */
  async exportedOf(conversationId: string): Promise<number> {
    const key = this.keys.info(conversationId);
    return Number((await this.redis.do((redis) => redis.hget(key, 'exported'))) ?? 0);
  }

  /**
   * All up to a version has been exported. It never goes back behind what another instance has noted.
   * @param before what `exportedOf` or the last note of this export said
   */
  async note(conversationId: string, version: number, before: number): Promise<void> {
    await this.redis.run(scripts.note, [this.keys.info(conversationId)], [version, before]);
  }

  /** Nothing is left to export: an old note that there may be something is forgotten. */
  async settle(conversationId: string): Promise<void> {
    await this.redis.run(scripts.forget, [this.keys.unexported], [conversationId, STAYS_MS]);
  }
}
