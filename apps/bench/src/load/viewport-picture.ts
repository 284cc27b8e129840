import { type ViewportFrame } from '#libs/contracts';
import { FIRST_SEQUENCE, latUnitsOf, lngUnitsOf, unitsOf, type FixTrack } from './fix-track.js';
import { type Tally } from './tally.js';
import { holds, type PlannedView } from './viewport-plan.js';
import { type WatcherGroup } from './watcher-group.js';

/** A frame that shows all must hold every fix that was acknowledged so long before. */
const SETTLED_MS = 2_000;

/** The map of one dispatcher: takes frames, and finds the wrong ones. */
export class ViewportPicture {
  /** Sequence shown, by driver. */
  private readonly shown = new Map<number, number>();
  /** The newest sequence ever seen of each driver, in this view or an earlier one. */
  private readonly seen: Int32Array;
  private clusteredTotal: number | undefined;

  constructor(
    public view: PlannedView,
    private readonly tracks: readonly FixTrack[],
    private readonly group: WatcherGroup,
    private readonly tally: Tally,
  ) {
    this.seen = new Int32Array(tracks.length).fill(FIRST_SEQUENCE);
  }

  take(frame: ViewportFrame, now: number): void {
    if (frame.reset) this.shown.clear();
    for (const driverId of frame.left) this.takeLeft(numberOf(driverId));
    for (const { driverId, lat, lng, timestamp } of frame.drivers) {
      const driver = numberOf(driverId);
      const latUnits = unitsOf(lat);
      const fix =
        latUnits === latUnitsOf(driver)
          ? this.tracks[driver]?.find(unitsOf(lng), timestamp)
          : undefined;
      if (!fix) {
        this.tally.problem('a viewport showed a position that no driver sent');
        continue;
      }
      if (!holds(this.view.box, latUnits, unitsOf(lng)))
        this.tally.problem('a viewport showed a driver that is outside of it');
      this.show(driver, fix, frame.reset, now);
    }
    this.checkTotal(frame);
    if (frame.reset && !frame.clusters) this.checkWhole(now);
  }

  /** How many drivers it does not show where they are, or shows though they are elsewhere. */
  countOutdated(): number {
    const inside = this.tracks.filter((_, driver) => this.isInside(driver));
    if (this.clusteredTotal !== undefined) return Math.abs(this.clusteredTotal - inside.length);
    let outdated = 0;
    this.tracks.forEach(({ newest }, driver) => {
      const expected = this.isInside(driver) ? newest : undefined;
      if (this.shown.get(driver) !== expected) outdated += 1;
    });
    return outdated;
  }

  private show(
    driver: number,
    { sequence, sentAt }: { sequence: number; sentAt: number },
    isReset: boolean,
    now: number,
  ): void {
    const before = this.seen[driver]!;
    if (sequence < before) this.tally.problem('a viewport went back in time');
    this.shown.set(driver, sequence);
    this.seen[driver] = sequence;
    // A frame that shows all says how long a driver has been there, not how late the frame is.
    if (isReset || sequence <= before) return;
    this.group.deliveries += 1;
    this.group.delays.record(now - sentAt);
  }

  private takeLeft(driver: number): void {
    const last = this.shown.get(driver);
    if (last === undefined) {
      this.tally.problem('a driver left a viewport that did not show it');
      return;
    }
    this.shown.delete(driver);
    const { newest } = this.tracks[driver]!;
    for (let sequence = last + 1; sequence <= newest; sequence += 1)
      if (!holds(this.view.box, latUnitsOf(driver), lngUnitsOf(sequence))) return;
    this.tally.problem('a driver left a viewport that it is still in');
  }

  private checkTotal({ total, clusters }: ViewportFrame): void {
    this.clusteredTotal = clusters ? total : undefined;
    if (clusters) {
      // Clusters are whole cells, of which the view may hold a part.
      const counted = clusters.reduce((sum, { count }) => sum + count, 0);
      if (counted < total || counted > this.tracks.length)
        this.tally.problem('clusters counted other drivers than are there');
    } else if (total !== this.shown.size) {
      this.tally.problem('a viewport counted other drivers than it showed');
    }
  }

  /** Nothing that was in view for a while may be left out of a frame that shows all. */
  private checkWhole(now: number): void {
    this.tracks.forEach((track, driver) => {
      if (this.shown.has(driver) || !this.isInside(driver)) return;
      if (track.unanswered === 0 && now - track.sentAtOf(track.newest) > SETTLED_MS)
        this.tally.problem('a viewport that shows all left a driver out');
    });
  }

  private isInside(driver: number): boolean {
    const { newest } = this.tracks[driver]!;
    return newest > FIRST_SEQUENCE && holds(this.view.box, latUnitsOf(driver), lngUnitsOf(newest));
  }
}

function numberOf(driverId: string): number {
  return Number(driverId.slice('bench-'.length));
}
