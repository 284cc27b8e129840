import { crc32 } from 'node:zlib';

/** What people can be in. */
export const PlaceKind = {
  /** Being online: the devices of one person. */
  person: 'person',
  /** The lobby, or a room of a conversation. */
  room: 'room',
  /** A page that visitors look at. */
  page: 'page',
  /** Those whose position is shared with the same people, see libs/tracking. */
  tracked: 'tracked',
} as const;
export type PlaceKind = (typeof PlaceKind)[keyof typeof PlaceKind];

/** `<kind>:<id>`; the id may be any text without control characters. */
export type Place = `${PlaceKind}:${string}`;

export const placeOf = (kind: PlaceKind, id: string): Place => `${kind}:${id}`;
export const kindOf = (place: Place): PlaceKind => place.slice(0, place.indexOf(':')) as PlaceKind;

/** Flat facts about a device that everybody who sees the place may read. */
export type DeviceMeta = Readonly<Record<string, string | number | boolean>>;

/** A device by which a person is at a place. */
export interface DeviceHere {
  /** Epoch milliseconds. */
  readonly since: number;
  readonly meta: DeviceMeta;
}

/** Somebody at a place; without devices while it may still come back. */
export interface PersonHere {
  /** Epoch milliseconds: of the oldest of its devices, also of those that have gone meanwhile. */
  readonly since: number;
  /** By the id that its holder chose. */
  readonly devices: Readonly<Record<string, DeviceHere>>;
  /** When the last device went, epoch milliseconds; absent while there is one. */
  readonly leftAt?: number;
  /** Of the last device; absent while there is one. */
  readonly meta?: DeviceMeta;
}

/** What a person last said of itself, by any of its devices. */
export function metaOf({ devices, meta }: PersonHere): DeviceMeta {
  for (const device of Object.values(devices)) return device.meta;
  return meta ?? {};
}

/** Who is at a place, as Redis had it in one moment. */
export interface PlaceSnapshot {
  /** Of the newest announcement that this has. */
  readonly revision: number;
  /** All people, also those that are not named. */
  readonly count: number;
  readonly people: ReadonlyMap<string, PersonHere>;
  /** When the last person left a place that remembers it, epoch milliseconds; else null. */
  readonly lastLeftAt: number | null;
}

/** Fixed: places are where they are on every instance. */
export const SHARDS = 16;

export const shardOf = (place: Place): number => crc32(place) % SHARDS;
