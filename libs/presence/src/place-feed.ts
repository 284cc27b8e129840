import { Injectable } from '@nestjs/common';
import { Tracing } from '#libs/observability';
import { redisUnavailable, ShardSubscriber } from '#libs/redis';
import { FollowedPlace, type PlaceListener } from './followed-place.js';
import { kindOf, PlaceKind, type Place } from './place.js';
import { PresenceStore } from './presence.store.js';

export { FollowedPlace, type PlaceChange, type PlaceListener } from './followed-place.js';

/** People of one place whom an instance that follows it knows by name; of the others it knows the number. */
const MAX_NAMED = 5_000;

/** The places that somebody on this instance looks at: each is followed once, however many look. */
@Injectable()
export class PlaceFeed {
  private readonly places = new Map<Place, FollowedPlace>();

  constructor(
    private readonly store: PresenceStore,
    private readonly subscriber: ShardSubscriber,
    private readonly tracing: Tracing,
  ) {
    subscriber.onRestored((affects) => {
      for (const [place, followed] of this.places)
        if (affects(store.channelOf(place))) followed.readAnew();
    });
  }

  /**
   * Resolves to who is there now; the listener is told of every change after that, once and in order,
   * until `leave`. A listener that follows already goes on, once. Of pages nobody is named.
   * @throws RequestError REDIS_UNAVAILABLE; then it does not follow
   */
  async follow(place: Place, listener: PlaceListener): Promise<FollowedPlace> {
    let followed = this.places.get(place);
    if (!followed) {
      const limit = kindOf(place) === PlaceKind.page ? 0 : MAX_NAMED;
      followed = new FollowedPlace(
        place,
        limit > 0,
        () => this.store.read(place, limit),
        this.tracing,
      );
      this.places.set(place, followed);
    }
    followed.listeners.add(listener);
    try {
      if (!(await this.subscriber.subscribe(this.store.channelOf(place), followed.handler)))
        throw redisUnavailable();
      await followed.opened();
    } catch (error) {
      await this.leave(place, listener);
      throw error;
    }
    return followed;
  }

  async leave(place: Place, listener: PlaceListener): Promise<void> {
    const followed = this.places.get(place);
    if (!followed?.listeners.delete(listener) || followed.listeners.size > 0) return;
    followed.stop();
    this.places.delete(place);
    await this.subscriber.unsubscribe([this.store.channelOf(place)], followed.handler);
  }

  /** What this instance knows of a place that it follows. */
  get(place: Place): FollowedPlace | undefined {
    return this.places.get(place);
  }
}
