import { type ConfigType, type locationConfig } from '#libs/config';
import { FixVerdict, type FixInput, type FixResult } from '#libs/contracts';
import { type DeviceMeta, type Place, type PresenceService } from '#libs/presence';
import { ownPlaceOf, placesOf, type TrackingPerson } from './audience.js';
import { lastFixOf, toMeta } from './tracked-location.js';
import { Track } from './track.js';

/**
 * One live connection of a person: it is at the places where others find the person, and says there
 * where it is. What it holds ends with it, also when its instance dies.
 */
export class Tracker {
  private readonly track: Track;
  private places: Place[];
  private meta: DeviceMeta;
  private hasEnded = false;

  /**
   * @param device names the connection, nowhere else
   * @param since later than that of the connections before it, epoch ms
   * @param known what an older connection said of the position, if that is live
   */
  constructor(
    private readonly presence: PresenceService,
    settings: ConfigType<typeof locationConfig>,
    readonly person: TrackingPerson,
    readonly device: string,
    readonly since: number,
    known: DeviceMeta | undefined,
  ) {
    this.track = new Track(settings, known && lastFixOf(known));
    this.meta = known ?? {};
    this.places = [ownPlaceOf(person.userId), ...placesOf(person)];
  }

  /** @throws RequestError REDIS_UNAVAILABLE; `end` is to be called all the same */
  async begin(): Promise<void> {
    await Promise.all(this.places.map((place) => this.presence.hold(this.holdOf(place))));
  }

  /**
   * Judges a fix; what is stored can be read by every instance when it resolves (TRACK1).
   * @throws RequestError REDIS_UNAVAILABLE
   */
  async record(input: FixInput, now: number): Promise<FixResult> {
    const judged = this.track.judge(input, now);
    if (judged.verdict !== FixVerdict.stored) return judged;
    this.meta = toMeta(judged.fix, judged.shownTimestamp, now);
    await this.begin();
    return { verdict: judged.verdict };
  }

  /** The person is in other groups: it is gone at once for those whom it left. */
  async move(groups: readonly string[]): Promise<void> {
    if (this.hasEnded) return;
    const { userId } = this.person;
    const places = [ownPlaceOf(userId), ...placesOf({ ...this.person, groups })];
    const left = this.places.filter((place) => !places.includes(place));
    const entered = places.filter((place) => !this.places.includes(place));
    this.places = places;
    await Promise.all([
      ...left.map((place) => this.release(place, true)),
      ...entered.map((place) => this.presence.keep(this.holdOf(place))),
    ]);
  }

  /** The person may come back within the grace of presence before anybody is told. */
  async end(): Promise<void> {
    this.hasEnded = true;
    await Promise.all(this.places.map((place) => this.release(place, false)));
  }

  private holdOf(place: Place) {
    const { device, meta, since } = this;
    return { place, person: this.person.userId, device, meta, since };
  }

  private release(place: Place, isFinal: boolean): Promise<void> {
    const { device, person } = this;
    return this.presence.release({ place, person: person.userId, device }, { isFinal });
  }
}
