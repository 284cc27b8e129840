import { Inject, Injectable } from '@nestjs/common';
import { locationConfig, type ConfigType } from '#libs/config';
import { PlaceFeed, PresenceService, type PersonHere } from '#libs/presence';
import { ownPlaceOf, type TrackingPerson } from './audience.js';
import { newestMetaOf } from './tracked-location.js';
import { Tracker } from './tracker.js';

/** Whether this device is not the newest of its person any more: that one is the live one. */
export function isReplaced({ device, since }: Tracker, { devices }: PersonHere): boolean {
  return Object.entries(devices).some(
    ([other, { since: otherSince }]) =>
      other !== device && (otherSince > since || (otherSince === since && other > device)),
  );
}

/** Where people are: each person by one live connection over all instances. */
@Injectable()
export class TrackingService {
  constructor(
    @Inject(locationConfig.KEY) private readonly settings: ConfigType<typeof locationConfig>,
    private readonly presence: PresenceService,
    private readonly feed: PlaceFeed,
  ) {}

  /**
   * A connection takes over from whichever the person had before. The person's own place is followed
   * already, so that the caller hears of a newer one.
   * @throws RequestError REDIS_UNAVAILABLE
   */
  begin(person: TrackingPerson, device: string): Tracker {
    const here = this.feed.get(ownPlaceOf(person.userId))?.people.get(person.userId);
    let since = Date.now();
    // By another instance's clock the one before may have come later than now.
    for (const other of Object.values(here?.devices ?? {}))
      since = Math.max(since, other.since + 1);
    const known = here && newestMetaOf(here);
    return new Tracker(this.presence, this.settings, person, device, since, known);
  }
}
