import { crc32 } from 'node:zlib';
import { UserType } from '#libs/contracts';
import { placeOf, PlaceKind, type Place } from '#libs/presence';

/** Whoever tracks or is tracked. */
export interface TrackingPerson {
  readonly userId: string;
  readonly userType: UserType;
  /** Of its account. */
  readonly groups: readonly string[];
}

/** Everybody is in one of so many places, so that no shard of presence holds them all. */
const PLACES_OF_ALL = 8;

const tracked = (id: string): Place => placeOf(PlaceKind.tracked, id);

/** The place of one person: its devices meet there, and find out that there is another one. */
export const ownPlaceOf = (userId: string): Place => tracked(`user:${userId}`);

/** Where others find a person: for those of its groups, and for admins. */
export function placesOf({ userId, groups }: TrackingPerson): Place[] {
  return [
    ...groups.map((group) => tracked(`group:${group}`)),
    tracked(`all:${crc32(userId) % PLACES_OF_ALL}`),
  ];
}

/**
 * Who gets whose `locationBroadcast`: the places whose people somebody sees: its own groups and itself, never the world; an admin sees
 * everybody.
 */
export function placesSeenBy({ userId, userType, groups }: TrackingPerson): Place[] {
  const others =
    userType === UserType.admin
      ? Array.from({ length: PLACES_OF_ALL }, (_, i) => tracked(`all:${i}`))
      : groups.map((group) => tracked(`group:${group}`));
  return [ownPlaceOf(userId), ...others];
}
