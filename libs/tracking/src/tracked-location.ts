import { type Fix, type TrackedLocation } from '#libs/contracts';
import { type DeviceMeta, type PersonHere } from '#libs/presence';

/** What a device says at its places. A device that has no position yet says nothing. */
export function toMeta(fix: Fix, shownTimestamp: number, receivedAt: number): DeviceMeta {
  const { lat, lng, accuracy, heading, speed } = fix;
  return {
    lat,
    lng,
    timestamp: shownTimestamp,
    at: receivedAt,
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(heading === undefined ? {} : { heading }),
    ...(speed === undefined ? {} : { speed }),
  };
}

/** Where a device was when it was last heard. */
export function lastFixOf(meta: DeviceMeta): Fix {
  const { lat, lng, at } = meta as DeviceMeta & { lat: number; lng: number; at: number };
  return { lat, lng, timestamp: at };
}

/** The meta of the device that was heard last; undefined where none has a position. */
export function newestMetaOf({ devices }: PersonHere): DeviceMeta | undefined {
  let newest: DeviceMeta | undefined;
  for (const { meta } of Object.values(devices)) {
    if (typeof meta['at'] !== 'number') continue;
    if (newest === undefined || meta['at'] > (newest['at'] as number)) newest = meta;
  }
  return newest;
}

/** Where somebody is; undefined where that is not known, e.g. of one who may come back yet. */
export function locationOf(userId: string, here: PersonHere): TrackedLocation | undefined {
  const meta = newestMetaOf(here);
  if (!meta) return undefined;
  const { lat, lng, timestamp, accuracy, heading, speed } = meta as DeviceMeta & Fix;
  return {
    userId,
    lat,
    lng,
    timestamp,
    ...(accuracy === undefined ? {} : { accuracy }),
    ...(heading === undefined ? {} : { heading }),
    ...(speed === undefined ? {} : { speed }),
  };
}
