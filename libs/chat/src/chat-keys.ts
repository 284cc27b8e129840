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

  /** Sorted set: the conversations of a person by the time at which it came. */
  conversationsOf(userId: string): string {
    return this.ofPerson(userId, 'conversations');
  }

  /** String: messages that a person has sent in the present window. */
  spentBy(userId: string): string {
    return this.ofPerson(userId, 'spent');
  }

  /** String: until when a person may write nowhere, epoch ms. */
  muteOf(userId: string): string {
    return this.ofPerson(userId, 'muted');
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
