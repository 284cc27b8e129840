import { Inject, Injectable } from '@nestjs/common';
import { AccountsService } from '#libs/accounts';
import { chatConfig, type ConfigType } from '#libs/config';
import {
  ConversationType,
  OfferStatus,
  RequestError,
  UserType,
  type ChatPerson,
  type ConversationName,
} from '#libs/contracts';
import { isOver, TripClock, TripsService, type TripRecord } from '#libs/trips';
import { type ChatPlan } from './chat.store.js';

/** Whoever asks: the account of an authenticated socket or REST call. */
export interface ChatCaller {
  userId: string;
  userType: UserType;
}

const NAMELESS = {
  [UserType.driver]: 'Driver',
  [UserType.passenger]: 'Passenger',
  [UserType.admin]: 'Dispatcher',
} as const;

/** The same for what is not there and for what is not the caller's: nobody learns which it is. */
export function conversationNotFound(): RequestError {
  return new RequestError('NOT_FOUND', { message: 'You have no such conversation.' });
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
    return { userId, userType, name: account?.name ?? NAMELESS[userType] };
  }

  /**
   * @param enters whether the caller may become a member by this
   * @throws RequestError NOT_FOUND where the caller has no business, whether or not it exists
   */
  async planFor(
    caller: ChatCaller,
    conversation: ConversationName,
    enters: boolean,
    title?: string,
  ): Promise<ChatPlan> {
    const { retention, maxMembers } = this.settings;
    const plan = { person: await this.personOf(caller), keep: retention, maxMembers };
    const isAdmin = caller.userType === UserType.admin;
    switch (conversation.type) {
      case 'lobby':
        return {
          ...plan,
          // Everybody has an account, and nothing but the number of accounts bounds the lobby.
          maxMembers: Number.MAX_SAFE_INTEGER,
          keep: { ...retention, forever: true },
          adds: enters ? 'open' : 'never',
          creates: { type: ConversationType.lobby, access: 'open' },
        };
      case 'room':
        return {
          ...plan,
          adds: !enters ? 'never' : isAdmin ? 'always' : 'open',
          ...(enters && this.settings.hasOpenRooms
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
          adds: enters && isAdmin ? 'always' : 'never',
          trip: await this.peopleOfTrip(caller, conversation.tripId),
        };
      case 'direct':
        if (!conversation.userIds.includes(caller.userId)) throw conversationNotFound();
        if (!enters) return { ...plan, adds: 'never' };
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
        return { ...plan, adds: 'never' };
    }
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
    return { userId: id, userType, name: name ?? NAMELESS[userType] };
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
