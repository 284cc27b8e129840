import { Inject, Injectable } from '@nestjs/common';
import { AccountsService } from '#libs/accounts';
import { chatConfig, type ConfigType } from '#libs/config';
import {
  broadcastConversationId,
  ConversationType,
  OfferStatus,
  readConversationId,
  RequestError,
  tripConversationId,
  UserType,
  type ChatPerson,
  type ConversationName,
} from '#libs/contracts';
import { isOver, TripClock, TripsService, type TripRecord } from '#libs/trips';
import { conversationNotFound, refusalOf, type ChatRefusal } from './chat-refusals.js';
import { type ChatPlan } from './chat-plan.js';

/** Whoever asks: the account of an authenticated socket or REST call. */
export interface ChatCaller {
  userId: string;
  userType: UserType;
}

/** The broadcast that is for every user of a type. */
export const AUDIENCE_OF = {
  [UserType.driver]: 'drivers',
  [UserType.passenger]: 'passengers',
} as const;

const NAMELESS = {
  [UserType.driver]: 'Driver',
  [UserType.passenger]: 'Passenger',
  [UserType.admin]: 'Dispatcher',
} as const;

/** What a caller is about to do. */
export interface ChatUse {
  /** The caller may become a member by it. */
  enters?: boolean;
  /** What a room that begins with it is called. */
  title?: string;
  /** The caller says something. */
  writes?: boolean;
  /** An admin does it as such, and need not be a member; in a direct conversation it must be. */
  moderates?: boolean;
  /** Where the caller was looked up already. */
  person?: ChatPerson;
}

/** A trip that changes faster than this is read is no trip. */
const MAX_ROUNDS = 10;

/** @throws RequestError NOT_FOUND */
export function nameOf(conversationId: string): ConversationName {
  const name = readConversationId(conversationId);
  if (!name) throw conversationNotFound();
  return name;
}

/**
 * Decides who may be in a conversation, anew at each use. What depends on the members is decided
 * within the script, by the plan that this makes.
 */
@Injectable()
export class ChatAccess {
  constructor(
    @Inject(chatConfig.KEY) private readonly settings: ConfigType<typeof chatConfig>,
    private readonly accounts: AccountsService,
    private readonly trips: TripsService,
    private readonly clock: TripClock,
  ) {}

  /** The account's display name, whatever the client calls itself. */
  async personOf({ userId, userType }: ChatCaller): Promise<ChatPerson> {
    const account = await this.accounts.find(userId);
    return this.named({ userId, userType }, account?.name);
  }

  /** @param name of the account; people without one are called by what they are */
  named({ userId, userType }: ChatCaller, name: string | undefined): ChatPerson {
    return { userId, userType, name: name ?? NAMELESS[userType] };
  }

  /**
   * Does something by a plan, and again where the trip has moved on since the plan was made.
   * @throws RequestError what the plan or the step refuses; NOT_FOUND where the caller has no
   * business, whether or not there is such a conversation
   */
  async carryOut<Done extends { kind: 'OK' }>(
    caller: ChatCaller,
    conversation: ConversationName,
    use: ChatUse,
    step: (plan: ChatPlan) => Promise<Done | ChatRefusal>,
  ): Promise<Done> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const done = await step(await this.planFor(caller, conversation, use));
      if (done.kind === 'OK') return done as Done;
      if (done.kind !== 'STALE') throw refusalOf(done);
    }
    throw new RequestError('CONFLICT', { message: 'The trip changes too fast. Send it again.' });
  }

  /**
   * Refuses who may say nothing by what it is: in what the company says, and in a trip that is not its
   * own or long over. Whether it is a member is not looked at.
   * @throws RequestError NOT_FOUND
   */
  async assertMaySpeak(person: ChatPerson, conversation: ConversationName): Promise<void> {
    await this.planFor(person, conversation, { writes: true, person });
  }

  /** Conversations that a person is in without being listed: that of its trip, and broadcasts. */
  async unlistedOf({ userId, userType }: ChatCaller): Promise<string[]> {
    if (userType === UserType.admin) return [];
    const isDriver = userType === UserType.driver;
    const trip = await (isDriver ? this.trips.ofDriver(userId) : this.trips.activeOf(userId));
    return [
      ...(trip && wasTaken(trip) ? [tripConversationId(trip.id)] : []),
      broadcastConversationId(AUDIENCE_OF[userType]),
    ];
  }

  /** What is for everybody, or for all of a type, stays for ever; its entries do not. */
  retentionOf(conversation: ConversationName): ChatPlan['keep'] {
    const { retention } = this.settings;
    const isForAll =
      conversation.type === 'lobby' ||
      (conversation.type === 'broadcast' && isForAllOfAType(conversation.broadcastId));
    return isForAll ? { ...retention, forever: true } : retention;
  }

  private async planFor(
    caller: ChatCaller,
    conversation: ConversationName,
    { enters = false, title, writes = false, moderates = false, person }: ChatUse,
  ): Promise<ChatPlan> {
    const plan: ChatPlan = {
      person: person ?? (await this.personOf(caller)),
      adds: 'never',
      keep: this.retentionOf(conversation),
      maxMembers: this.settings.maxMembers,
    };
    const isAdmin = caller.userType === UserType.admin;
    switch (conversation.type) {
      case 'lobby':
        return {
          ...plan,
          // Everybody has an account, and nothing but the number of accounts bounds the lobby.
          maxMembers: Number.MAX_SAFE_INTEGER,
          adds: enters ? 'open' : moderates ? 'as guest' : 'never',
          creates: { type: ConversationType.lobby, access: 'open' },
        };
      case 'room':
        if (!enters) return { ...plan, adds: moderates ? 'as guest' : 'never' };
        return {
          ...plan,
          adds: isAdmin ? 'always' : 'open',
          ...(this.settings.hasOpenRooms
            ? {
                creates: {
                  type: ConversationType.room,
                  access: 'open',
                  title: title ?? conversation.room,
                },
              }
            : {}),
        };
      case 'trip':
        return {
          ...plan,
          adds: enters && isAdmin ? 'always' : moderates ? 'as guest' : 'never',
          trip: await this.peopleOfTrip(caller, conversation.tripId),
        };
      case 'direct':
        if (!conversation.userIds.includes(caller.userId)) throw conversationNotFound();
        if (!enters) return plan;
        return {
          ...plan,
          adds: 'always',
          creates: {
            type: ConversationType.direct,
            access: 'invited',
            people: [await this.otherOf(caller, conversation.userIds)],
          },
        };
      case 'broadcast':
        return { ...plan, ...this.placeInBroadcast(caller, conversation.broadcastId, writes) };
    }
  }

  /** What is said to all drivers or all passengers needs no list of them; admins see and say it. */
  private placeInBroadcast(
    { userType }: ChatCaller,
    broadcastId: string,
    writes: boolean,
  ): Pick<ChatPlan, 'adds' | 'creates'> {
    const isAdmin = userType === UserType.admin;
    if (writes && !isAdmin) throw conversationNotFound();
    if (!isForAllOfAType(broadcastId)) return { adds: isAdmin ? 'as guest' : 'never' };
    if (!isAdmin && AUDIENCE_OF[userType] !== broadcastId) throw conversationNotFound();
    const creates = {
      type: ConversationType.broadcast,
      access: 'invited',
      title: broadcastId,
    } as const;
    return { adds: 'as guest', creates };
  }

  /** The people of a trip, whoever asks; undefined before it is taken and once it is forgotten. */
  async tripAsItIs(tripId: string): Promise<ChatPlan['trip']> {
    const trip = await this.trips.find(tripId);
    return trip && wasTaken(trip) ? { version: trip.version, people: peopleOf(trip) } : undefined;
  }

  /** One of the two is an admin; people without one talk to each other within their trip. */
  private async otherOf(caller: ChatCaller, userIds: readonly string[]): Promise<ChatPerson> {
    const otherId = userIds.find((id) => id !== caller.userId);
    const other = otherId === undefined ? undefined : await this.accounts.find(otherId);
    if (!other || (caller.userType !== UserType.admin && other.userType !== UserType.admin))
      throw conversationNotFound();
    const { id, userType, name } = other;
    return this.named({ userId: id, userType }, name);
  }

  /** From acceptance until a while after the end, for dispatchers as well. */
  private async peopleOfTrip(
    { userId, userType }: ChatCaller,
    tripId: string,
  ): Promise<NonNullable<ChatPlan['trip']>> {
    const trip = await this.trips.find(tripId);
    if (!trip || !wasTaken(trip)) throw conversationNotFound();
    const people = peopleOf(trip);
    const isTheirs =
      userType === UserType.admin || people.some((person) => person.userId === userId);
    const isPast = isOver(trip) && this.clock.now() > trip.endedAt + this.settings.tripAfterEndMs;
    if (!isTheirs || isPast) throw conversationNotFound();
    return { version: trip.version, people };
  }
}

function isForAllOfAType(broadcastId: string): boolean {
  return Object.values<string>(AUDIENCE_OF).includes(broadcastId);
}

function wasTaken({ driverId, offers }: TripRecord): boolean {
  return driverId !== null || offers.some(({ status }) => status === OfferStatus.accepted);
}

function peopleOf({ passengerId, passenger, driverId, driver }: TripRecord): ChatPerson[] {
  const people: ChatPerson[] = [
    { userId: passengerId, userType: 'passenger', name: passenger.name ?? NAMELESS.passenger },
  ];
  if (driverId !== null)
    people.push({ userId: driverId, userType: 'driver', name: driver?.name ?? NAMELESS.driver });
  return people;
}
