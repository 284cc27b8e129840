/** How a dispatcher wants positions: one event a driver, or one frame a tick. */
export const FeedMode = {
  events: 'events',
  frames: 'frames',
} as const;
export type FeedMode = (typeof FeedMode)[keyof typeof FeedMode];

/**
 * Every room there is. The sharded adapter takes a name of exactly 20 characters for a socket id
 * and would not subscribe to it, hence the padding for ids that come out at that length.
 */
function room(name: string): string {
  return name.length === 20 ? `${name}.` : name;
}

export const driverRoom = (driverId: string): string => room(`driver:${driverId}`);
export const passengerRoom = (passengerId: string): string => room(`passenger:${passengerId}`);
export const userRoom = (userId: string): string => room(`user:${userId}`);

/** Every dispatcher; like ADMIN_TRIPS_ROOM for a company's own code, the server sends nothing there. */
export const ADMIN_ALL_ROOM = 'admin:all';
/** Every dispatcher, for facts about drivers that are in no feed. */
export const ADMIN_DRIVERS_ROOM = 'admin:drivers';
/** Every dispatcher, for facts about trips. */
export const ADMIN_TRIPS_ROOM = 'admin:trips';

/** Dispatchers who get positions in this mode; a client that cannot keep up is out of it for a while. */
export const adminFeedRoom = (mode: FeedMode): string => `admin:feed:${mode}`;
