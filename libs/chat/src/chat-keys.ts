import { Injectable } from '@nestjs/common';
import { ChannelKeys } from '#libs/channels';
import { RedisKeys } from '#libs/redis';

@Injectable()
export class ChatKeys {
  constructor(
    private readonly channels: ChannelKeys,
    private readonly keys: RedisKeys,
  ) {}

  /** In the order in which every script of a conversation takes them, see conversation.lua. */
  conversation(id: string): string[] {
    const channelId = channelOf(id);
    const { head, log, sent, feed } = this.channels.of(channelId);
    const own = ['info', 'members', 'marks', 'index', 'mutes'];
    return [head, log, sent, feed, ...own.map((name) => this.channels.key(channelId, name))];
  }

  /** Hash: user id -> member, JSON; one of the keys above. */
  members(id: string): string {
    return this.channels.key(channelOf(id), 'members');
  }

  /** Hash: what a conversation is; one of the keys above. */
  info(id: string): string {
    return this.channels.key(channelOf(id), 'info');
  }

  /** Sorted set: the conversations of a person by the time at which it came. */
  conversationsOf(userId: string): string {
    return this.ofPerson(userId, 'conversations');
  }

  /** String: messages that a person has sent, or rooms that it has begun, in the present window. */
  spentBy(userId: string, what: string): string {
    return this.ofPerson(userId, `spent:${what}`);
  }

  /** String: until when a person may write nowhere, epoch ms. */
  muteOf(userId: string): string {
    return this.ofPerson(userId, 'muted');
  }

  /** String: `<until> <id of who muted the person everywhere>`; it belongs to the mute only where both have the same time. */
  mutedBy(userId: string): string {
    return this.ofPerson(userId, 'muted-by');
  }

  /** Sorted set: conversations in which something may not have been exported, by when it was noted, epoch ms. */
  get unexported(): string {
    return this.keys.key('chat-archive', 'waiting');
  }

  /** String: the token of the turn in which an instance exports. */
  get exportTurn(): string {
    return this.keys.key('chat-archive', 'turn');
  }

  personChannel(userId: string): string {
    return this.keys.personChannel(userId);
  }

  private ofPerson(userId: string, name: string): string {
    return this.keys.key(`chatter:${userId}`, name);
  }
}

/** The channel of a conversation. */
export function channelOf(conversationId: string): string {
  return `chat:${conversationId}`;
}
