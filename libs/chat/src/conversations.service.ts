import { Inject, Injectable } from '@nestjs/common';
import { chatConfig, type ConfigType } from '#libs/config';
import {
  ChatLeaveReason,
  directConversationId,
  tripConversationId,
  UserType,
  type ChatConversation,
  type ChatList,
  type ChatOpenDto,
  type ChatPerson,
} from '#libs/contracts';
import { ChatAccess, nameOf, type ChatCaller } from './chat-access.js';
import {
  assertSpent,
  conversationNotFound,
  invalid,
  isNotFound,
  tooManyConversations,
} from './chat-refusals.js';
import { type Entered } from './chat-plan.js';
import { ChatStore } from './chat.store.js';
import { PeopleStore, type Listing } from './people.store.js';

/** Conversations that are looked at together. */
const BATCH = 20;

/**
 * Who is in which conversation. All of it is decided anew at each call, in one script with what it
 * changes; delivery is another matter, see apps/realtime/src/chat.
 */
@Injectable()
export class ConversationsService {
  constructor(
    @Inject(chatConfig.KEY) private readonly settings: ConfigType<typeof chatConfig>,
    private readonly store: ChatStore,
    private readonly people: PeopleStore,
    private readonly access: ChatAccess,
  ) {}

  /**
   * Lets the caller in: as a new member of the lobby (`joinChat` of older clients), of an open room
   * (`joinRoom`), of a trip as a dispatcher, or of a direct conversation; else the caller must be a
   * member already. Who is one already changes nothing by it.
   * @param after the newest version that the caller has seen; undefined for none
   * @param title what a room that begins with this is called
   * @returns the conversation as the caller sees it, and what it missed after that version
   * @throws RequestError NOT_FOUND, CHAT_CLOSED, TOO_MANY_ROOMS, CONFLICT when it is full, RATE_LIMITED
   * for a caller who begins too many rooms
   */
  async enter(
    caller: ChatCaller,
    conversationId: string,
    after?: number,
    title?: string,
  ): Promise<Entered> {
    const conversation = nameOf(conversationId);
    const { id, type } = conversation;
    // Rooms that are there cost nothing; each that is begun stays for a while.
    if (type === 'room' && !(await this.store.exists(id)))
      assertSpent(await this.people.spendRoom(caller.userId));
    const use = { enters: true, ...(title === undefined ? {} : { title }) };
    const entering = this.access.carryOut(caller, conversation, use, async (plan) => {
      const others = plan.creates?.people ?? [];
      const listings: [userId: string, listing: Listing][] = [];
      for (const { userId } of [caller, ...others]) {
        const listing = await this.people.list(userId, id, type === 'room' || type === 'lobby');
        if (listing === 'full') throw tooManyConversations();
        listings.push([userId, listing]);
      }
      const entered = await this.store.enter(id, plan, after ?? -1, this.settings.mostReplayed);
      await this.settleLists(id, listings, entered.kind === 'OK');
      if (entered.kind === 'OK') for (const { userId } of others) this.people.callIn(userId, id);
      return entered;
    });
    return this.seenBy(caller, entering);
  }

  /**
   * A refused join takes no place in the list. Whoever found the place taken and was let in takes it
   * again: see `unlist`.
   */
  async settleLists(
    id: string,
    listings: readonly (readonly [userId: string, listing: Listing])[],
    isIn: boolean,
  ): Promise<void> {
    for (const [userId, listing] of listings) {
      if (isIn && listing === 'known') await this.people.list(userId, id, false);
      if (!isIn && listing === 'new') await this.unlist(userId, id);
    }
  }

  /**
   * Takes conversations out of the list of a person who is no member of them. Another device may join at
   * the same time: who is a member afterwards is listed again.
   */
  async unlist(userId: string, ...ids: string[]): Promise<void> {
    await this.people.unlist(userId, ...ids);
    await Promise.all(
      ids.map(async (id) => {
        const [isMember] = await this.store.areIn(id, [userId]);
        if (isMember) await this.people.list(userId, id, false);
      }),
    );
  }

  /**
   * As `enter`, for a member or one of a trip's people: nobody else is let in by it, and no
   * conversation begins with it.
   * @throws RequestError NOT_FOUND
   */
  async resume(caller: ChatCaller, conversationId: string, after?: number): Promise<Entered> {
    const conversation = nameOf(conversationId);
    const entering = this.access.carryOut(caller, conversation, {}, (plan) =>
      this.store.enter(conversation.id, plan, after ?? -1, this.settings.mostReplayed),
    );
    return this.seenBy(caller, entering);
  }

  /**
   * The conversation as a member sees it, with the newest messages; nobody becomes one by it.
   * @param moderates whether the caller looks as an admin, who need not be a member
   * @throws RequestError NOT_FOUND
   */
  async look(caller: ChatCaller, conversationId: string, moderates = false): Promise<Entered> {
    return this.seenBy(caller, this.lookAt(caller, conversationId, moderates));
  }

  /**
   * Who is in a conversation of the caller, where the members are few enough to be listed.
   * @throws RequestError NOT_FOUND
   */
  async membersOf(caller: ChatCaller, conversationId: string): Promise<readonly ChatPerson[]> {
    return (await this.lookAt(caller, conversationId, false)).conversation.members;
  }

  private lookAt(caller: ChatCaller, conversationId: string, moderates: boolean): Promise<Entered> {
    const conversation = nameOf(conversationId);
    return this.access.carryOut(caller, conversation, { moderates }, (plan) =>
      this.store.enter(conversation.id, plan, -1, 0),
    );
  }

  /**
   * Every conversation of the caller, the one with the newest message first. What the list of the
   * person still names, though it is not there, is taken out of it, e.g. after a crash. Who of the
   * members may write nowhere is not in it: that would be asked for each member of each conversation.
   */
  async list(caller: ChatCaller): Promise<ChatList> {
    const person = await this.access.personOf(caller);
    const listed = await this.people.listOf(caller.userId);
    const [own, ownUntil] = await Promise.all([
      this.access.unlistedOf(caller),
      this.people.mutedUntil(caller.userId),
    ]);
    const found: Entered[] = [];
    const ids = [...new Set([...own, ...listed])];
    for (let first = 0; first < ids.length; first += BATCH) {
      const seen = await Promise.all(
        ids.slice(first, first + BATCH).map(async (id) => {
          const conversation = nameOf(id);
          return this.access
            .carryOut(caller, conversation, { person }, (plan) => this.store.enter(id, plan, -1, 1))
            .catch((error: unknown) => {
              if (isNotFound(error)) return undefined;
              throw error;
            });
        }),
      );
      found.push(...seen.filter((entered) => entered !== undefined));
    }
    const conversations = found
      .map(({ conversation }) => withMute(conversation, ownUntil))
      .toSorted((a, b) => (b.lastMessage?.sentAt ?? 0) - (a.lastMessage?.sentAt ?? 0));
    const isThere = new Set(conversations.map(({ id }) => id));
    const notFound = listed.filter((id) => !isThere.has(id));
    // A trip that is over still has its members.
    const { trip: trips = [], other = [] } = Object.groupBy(notFound, (id) =>
      nameOf(id).type === 'trip' ? 'trip' : 'other',
    );
    await this.people.unlist(caller.userId, ...trips);
    await this.unlist(caller.userId, ...other);
    return {
      conversations,
      unread: sumOf(conversations.map(({ unread }) => unread)),
      mentions: sumOf(conversations.map(({ mentions }) => mentions)),
    };
  }

  /** With what holds everywhere: whether the caller may write, and for an admin which of the members may not. */
  async seenBy(caller: ChatCaller, entering: Entered | Promise<Entered>): Promise<Entered> {
    const [entered, ownUntil] = await Promise.all([
      entering,
      this.people.mutedUntil(caller.userId),
    ]);
    const conversation = withMute(entered.conversation, ownUntil);
    if (caller.userType !== UserType.admin) return { ...entered, conversation };
    const muted = await this.people.mutedEverywhere(
      conversation.members.map(({ userId }) => userId),
    );
    return {
      ...entered,
      conversation: { ...conversation, mutedEverywhere: Object.fromEntries(muted) },
    };
  }

  /** Where the caller is, or was: each has to be entered before it is believed. The newest first. */
  async idsOf(caller: ChatCaller): Promise<string[]> {
    const [own, listed] = await Promise.all([
      this.access.unlistedOf(caller),
      this.people.listOf(caller.userId),
    ]);
    return [...new Set([...own, ...listed])];
  }

  /**
   * Makes the people of a trip, as it is now, the members of its conversation; to be called when the
   * trip is known to have changed. Whoever is replaced gets nothing that is said from then on.
   */
  async followTrip(tripId: string): Promise<void> {
    const trip = await this.access.tripAsItIs(tripId);
    if (trip)
      await this.store.followTrip(tripConversationId(tripId), trip, this.settings.retention);
  }

  /**
   * The id of the conversation with a person, or of a trip, to be entered: that begins it.
   * @throws RequestError VALIDATION_FAILED, NOT_FOUND
   */
  idToOpen(caller: ChatCaller, { userId, tripId }: ChatOpenDto): string {
    if (tripId && !userId) return tripConversationId(tripId);
    if (!userId || tripId) throw invalid('either userId or tripId must be there');
    if (userId === caller.userId) throw conversationNotFound();
    return directConversationId(userId, caller.userId);
  }

  /**
   * Ends the membership of the caller (`leaveRoom` of older clients). Whoever is no member, the people
   * of a trip as long as it is theirs, and the two of a direct conversation stay what they are.
   */
  async leave(caller: ChatCaller, conversationId: string): Promise<void> {
    const conversation = nameOf(conversationId);
    const { id, type } = conversation;
    if (type === 'direct' || type === 'broadcast') return;
    if (type === 'trip' && caller.userType !== UserType.admin)
      return this.people.unlist(caller.userId, id);
    const keep = this.access.retentionOf(conversation);
    await this.store.leave(id, caller.userId, ChatLeaveReason.left, keep);
    await this.unlist(caller.userId, id);
  }
}

/** As one sees it who may write nowhere until then, epoch ms; 0 for one who may. */
function withMute(conversation: ChatConversation, ownUntil: number): ChatConversation {
  return {
    ...conversation,
    mutedUntil: Math.max(conversation.mutedUntil ?? 0, ownUntil) || null,
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
