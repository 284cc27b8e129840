import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AccountsService } from '#libs/accounts';
import { chatConfig, type ConfigType } from '#libs/config';
import { broadcastConversationId, UserType, type ChatMessage } from '#libs/contracts';
import { type Point } from '#libs/location';
import { ChatAccess, nameOf, type ChatCaller } from './chat-access.js';
import { ChatStore } from './chat.store.js';
import { DriversInArea } from './drivers-in-area.js';
import { MessagesService } from './messages.service.js';
import { PeopleStore } from './people.store.js';

/** Recipients that are written down together. */
const BATCH = 100;

export interface Broadcast {
  message: ChatMessage;
  /** People in a drawn area; null for all drivers or all passengers, who are not counted. */
  recipients: number | null;
}

/** What the company says to many. It stays where each of them reads it, also later. */
@Injectable()
export class BroadcastsService {
  constructor(
    @Inject(chatConfig.KEY) private readonly settings: ConfigType<typeof chatConfig>,
    private readonly accounts: AccountsService,
    private readonly access: ChatAccess,
    private readonly store: ChatStore,
    private readonly people: PeopleStore,
    private readonly messages: MessagesService,
    private readonly area: DriversInArea,
  ) {}

  /**
   * To all drivers or all passengers.
   * @param key names the broadcast: a second time it is the same one
   */
  async toAll(
    caller: ChatCaller,
    audience: 'drivers' | 'passengers',
    text: string,
    key: string,
  ): Promise<Broadcast> {
    const conversationId = broadcastConversationId(audience);
    const message = await this.messages.send(caller, {
      conversationId,
      clientMessageId: key,
      text,
    });
    return { message, recipients: null };
  }

  /**
   * To the drivers who are in an area now, in a conversation of its own; none of them learns of the
   * others.
   * @throws RequestError CONFLICT when there are more than CHAT_MAX_MEMBERS
   */
  async toDriversIn(
    caller: ChatCaller,
    corners: readonly Point[],
    text: string,
    key: string,
  ): Promise<Broadcast> {
    const conversationId = areaConversationId(key);
    const driverIds = await this.area.find(corners);
    const keep = this.access.retentionOf(nameOf(conversationId));
    const plan = { keep, maxMembers: this.settings.maxMembers };
    for (let first = 0; first < driverIds.length || first === 0; first += BATCH) {
      const ids = driverIds.slice(first, first + BATCH);
      const people = await Promise.all(
        ids.map(async (userId) => {
          const account = await this.accounts.find(userId);
          await this.people.list(userId, conversationId, false);
          return this.access.named({ userId, userType: UserType.driver }, account?.name);
        }),
      );
      await this.store.address(conversationId, plan, people);
    }
    const message = await this.messages.send(caller, {
      conversationId,
      clientMessageId: key,
      text,
    });
    for (const userId of driverIds) this.people.callIn(userId, conversationId);
    return { message, recipients: driverIds.length };
  }
}

/** Of the key, whatever it says: one that is called `drivers` must not become what all drivers get. */
function areaConversationId(key: string): string {
  return broadcastConversationId(`area-${createHash('sha256').update(key).digest('base64url')}`);
}
