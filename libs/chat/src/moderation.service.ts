import { Injectable } from '@nestjs/common';
import { AccountsService } from '#libs/accounts';
import {
  ConversationType,
  RequestError,
  roomConversationId,
  roomNameOf,
  UserType,
  type ChatCloseDto,
  type ChatCloseState,
  type ChatConversation,
  type ChatCreateDto,
  type ChatMemberDto,
  type ChatMuteDto,
  type ChatMuteState,
  type ChatPerson,
} from '#libs/contracts';
import { Log } from '#libs/observability';
import { ChatAccess, nameOf, type ChatCaller } from './chat-access.js';
import { conversationNotFound, invalid, tooManyConversationsOf } from './chat-refusals.js';
import { type Entered, type ModerationStep } from './chat-plan.js';
import { ChatStore } from './chat.store.js';
import { ConversationsService } from './conversations.service.js';
import { PeopleStore, type Listing } from './people.store.js';

/** What admins do: rooms by invitation, and order in conversations. It holds on every instance at once. */
@Injectable()
export class ModerationService {
  constructor(
    private readonly accounts: AccountsService,
    private readonly store: ChatStore,
    private readonly conversations: ConversationsService,
    private readonly people: PeopleStore,
    private readonly access: ChatAccess,
    private readonly log: Log,
  ) {}

  /**
   * Begins a room, by default one for those who are invited.
   * @throws RequestError FORBIDDEN, CONFLICT when there is one with this name, NOT_FOUND for people
   * who have no account, TOO_MANY_ROOMS when one of them is in as many as it may be
   */
  async create(caller: ChatCaller, request: ChatCreateDto): Promise<Entered> {
    assertAdmin(caller);
    const room = roomNameOf(request.name);
    if (room === undefined) throw invalid('name must have letters or digits');
    const id = roomConversationId(room);
    const userIds = new Set(request.userIds ?? []);
    userIds.delete(caller.userId);
    const people = await Promise.all([...userIds].map((userId) => this.personWith(userId)));
    const creates = {
      type: ConversationType.room,
      access: request.isOpen ? ('open' as const) : ('invited' as const),
      title: request.name,
      people,
      isNew: true,
    };
    const entered = await this.access.carryOut(
      caller,
      nameOf(id),
      { enters: true },
      async (plan) => {
        await this.people.list(caller.userId, id, false);
        return this.withPlaces(id, [...userIds], () =>
          this.store.enter(id, { ...plan, adds: 'always', creates }, -1, 1),
        );
      },
    );
    for (const userId of userIds) this.people.callIn(userId, id);
    return this.conversations.seenBy(caller, entered);
  }

  /**
   * Makes somebody a member of a room.
   * @throws RequestError FORBIDDEN, NOT_FOUND, CONFLICT when it is full, TOO_MANY_ROOMS when the person is
   * in as many as it may be
   */
  async invite(caller: ChatCaller, { conversationId, userId }: ChatMemberDto): Promise<void> {
    assertAdmin(caller);
    if (nameOf(conversationId).type !== 'room') throw conversationNotFound();
    const person = await this.personWith(userId);
    await this.withPlaces(conversationId, [userId], async () => {
      await this.moderate(caller, conversationId, { act: 'invite', person });
      return { kind: 'OK' };
    });
    this.people.callIn(userId, conversationId);
  }

  /**
   * Takes a member out for good: only an invitation lets it in again.
   * @throws RequestError FORBIDDEN, NOT_FOUND, also for an id that neither a member nor an account has
   */
  async remove(caller: ChatCaller, { conversationId, userId }: ChatMemberDto): Promise<void> {
    assertAdmin(caller);
    await this.assertKnownIn(conversationId, userId);
    await this.moderate(caller, conversationId, { act: 'remove', userId });
    await this.conversations.unlist(userId, conversationId);
  }

  /**
   * For so many seconds the member may not write; it reads on. 0 ends it.
   * @throws RequestError FORBIDDEN, NOT_FOUND, also where a mute begins and neither a member nor an
   * account has the id
   */
  async mute(
    caller: ChatCaller,
    { conversationId, userId, seconds }: ChatMuteDto,
  ): Promise<ChatMuteState> {
    assertAdmin(caller);
    if (seconds > 0) await this.assertKnownIn(conversationId, userId);
    const until = await this.moderate(caller, conversationId, {
      act: 'mute',
      userId,
      ms: seconds * 1_000,
    });
    return { conversationId, ...this.logMute(caller, userId, until, { conversationId }) };
  }

  /**
   * The same in all conversations at once.
   * @throws RequestError FORBIDDEN; NOT_FOUND where a mute begins for somebody who has no account and is
   * in no conversation
   */
  async muteEverywhere(
    caller: ChatCaller,
    userId: string,
    seconds: number,
  ): Promise<Omit<ChatMuteState, 'conversationId'>> {
    assertAdmin(caller);
    if (seconds > 0 && (await this.people.listOf(userId)).length === 0)
      await this.accounts.get(userId);
    const until = await this.people.muteEverywhere(userId, seconds * 1_000, caller.userId);
    return this.logMute(caller, userId, until);
  }

  /**
   * A conversation as a member sees it, without becoming one.
   * @throws RequestError FORBIDDEN, NOT_FOUND
   */
  async look(caller: ChatCaller, conversationId: string): Promise<ChatConversation> {
    assertAdmin(caller);
    return (await this.conversations.look(caller, conversationId, true)).conversation;
  }

  /** A closed conversation can be read and takes nothing new; it can be opened again. */
  async close(
    caller: ChatCaller,
    { conversationId, isClosed, reason }: ChatCloseDto,
  ): Promise<ChatCloseState> {
    assertAdmin(caller);
    const closedAt = await this.moderate(caller, conversationId, {
      act: 'close',
      isClosed: isClosed ?? true,
      ...(reason ? { reason } : {}),
    });
    return { conversationId, closedAt: closedAt || null };
  }

  /** Logs who muted whom: the record of it goes when the mute ends. */
  private logMute(
    { userId: by }: ChatCaller,
    userId: string,
    until: number | null,
    where: { conversationId?: string } = {},
  ): Omit<ChatMuteState, 'conversationId'> {
    const state = until
      ? { userId, mutedUntil: until, mutedBy: by }
      : { userId, mutedUntil: null, mutedBy: null };
    this.log.info(
      { ...where, userId, mutedUntil: state.mutedUntil, by },
      'a user was muted, or may write again',
    );
    return state;
  }

  private async moderate(
    caller: ChatCaller,
    conversationId: string,
    step: ModerationStep,
  ): Promise<number> {
    const conversation = nameOf(conversationId);
    const { until } = await this.access.carryOut(
      caller,
      conversation,
      { moderates: true },
      (plan) => this.store.moderate(conversation.id, plan, step),
    );
    return until;
  }

  /** Lets people in who have a place left in their lists; who is not let in keeps none. */
  private async withPlaces<T extends { kind: string }>(
    id: string,
    userIds: readonly string[],
    letIn: () => Promise<T>,
  ): Promise<T> {
    const listings: [userId: string, listing: Listing][] = [];
    let isIn = false;
    try {
      for (const userId of userIds) {
        const listing = await this.people.list(userId, id, true);
        if (listing === 'full') throw tooManyConversationsOf(userId);
        listings.push([userId, listing]);
      }
      const done = await letIn();
      isIn = done.kind === 'OK';
      return done;
    } finally {
      await this.conversations.settleLists(id, listings, isIn);
    }
  }

  /**
   * People of another identity service, and members whose account is gone, have none here.
   * @throws RequestError NOT_FOUND
   */
  private async assertKnownIn(conversationId: string, userId: string): Promise<void> {
    const [isMember] = await this.store.areIn(nameOf(conversationId).id, [userId]);
    if (!isMember) await this.accounts.get(userId);
  }

  /** @throws RequestError NOT_FOUND */
  private async personWith(userId: string): Promise<ChatPerson> {
    const { userType } = await this.accounts.get(userId);
    return this.access.personOf({ userId, userType });
  }
}

/** @throws RequestError FORBIDDEN */
function assertAdmin({ userType }: ChatCaller): void {
  if (userType !== UserType.admin) throw new RequestError('FORBIDDEN');
}
