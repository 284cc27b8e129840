import { Injectable } from '@nestjs/common';
import { AccountsService } from '#libs/accounts';
import { nameOf, type ChatCaller } from './chat-access.js';
import { isNotFound } from './chat-refusals.js';
import { ChatStore } from './chat.store.js';
import { ConversationsService } from './conversations.service.js';

/** Who knows whom, by what they are in together. */
@Injectable()
export class AcquaintancesService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly conversations: ConversationsService,
    private readonly store: ChatStore,
  ) {}

  /**
   * Those of the people who share a room, a direct conversation or a trip with the caller now, and the
   * caller itself. The lobby and broadcasts are for everybody and make nobody acquainted.
   */
  async among(caller: ChatCaller, userIds: readonly string[]): Promise<Set<string>> {
    const known = new Set(userIds.filter((userId) => userId === caller.userId));
    const asked = userIds.filter((userId) => userId !== caller.userId);
    for (const id of await this.conversations.idsOf(caller)) {
      if (known.size === userIds.length) return known;
      for (const userId of await this.othersIn(caller, id, asked)) known.add(userId);
    }
    return known;
  }

  /**
   * Those of the callers who may ask about a person: `among` decided for all of them by one look at
   * where the person is.
   */
  async whoKnow(userId: string, callers: readonly ChatCaller[]): Promise<Set<string>> {
    const account = callers.length > 0 ? await this.accounts.find(userId) : undefined;
    if (!account) return new Set();
    const ids = callers.map((caller) => caller.userId);
    const known = await this.among({ userId, userType: account.userType }, ids);
    // A list that is full has left out its oldest trips: that of the caller may have them.
    const unfound = callers.filter((caller) => !known.has(caller.userId));
    await Promise.all(
      unfound.map(async (caller) => {
        if ((await this.among(caller, [userId])).has(userId)) known.add(caller.userId);
      }),
    );
    return known;
  }

  private async othersIn(
    caller: ChatCaller,
    id: string,
    asked: readonly string[],
  ): Promise<readonly string[]> {
    const conversation = nameOf(id);
    const { type } = conversation;
    if (type === 'lobby' || type === 'broadcast' || asked.length === 0) return [];
    if (type === 'direct') return asked.filter((userId) => conversation.userIds.includes(userId));
    if (type === 'room') {
      const [isIn, ...others] = await this.store.areIn(id, [caller.userId, ...asked]);
      return isIn ? asked.filter((_, i) => others[i]) : [];
    }
    return this.othersOfTrip(caller, id, asked);
  }

  /** Members change with the trip, and only as long as it may be talked about. */
  private async othersOfTrip(
    caller: ChatCaller,
    id: string,
    asked: readonly string[],
  ): Promise<readonly string[]> {
    try {
      const people = await this.conversations.membersOf(caller, id);
      const members = new Set(people.map(({ userId }) => userId));
      return asked.filter((userId) => members.has(userId));
    } catch (error) {
      if (isNotFound(error)) return [];
      throw error;
    }
  }
}
