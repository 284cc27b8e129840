import { type FixSource, type MeasuredFix } from './fix-source.js';
import { type Track } from './track.js';

/** How often a taxi of which only one position is known says it again. */
const PARKED_INTERVAL_MS = 15_000;

/**
 * Drives a recorded track at its real pace or another, from somewhere on it. At its end it drives back the
 * same way: to start over would be a jump that no car can make.
 */
export class TraceDriver implements FixSource {
  private index: number;
  private direction: 1 | -1 = 1;
  private timestamp: number;
  private hasStarted = false;

  /**
   * @param startAt when the car is at the offset, epoch ms; the first fix is the last one before it
   * @param offsetMs where on the track it starts, from the track's first fix
   * @param speed how many times as fast as it was driven
   */
  constructor(
    private readonly track: Track,
    startAt: number,
    offsetMs: number,
    private readonly speed = 1,
  ) {
    const { fixes } = track;
    const time = fixes[0]!.time + offsetMs;
    const later = fixes.findIndex((fix) => fix.time > time);
    this.index = later === -1 ? fixes.length - 1 : Math.max(0, later - 1);
    this.timestamp = Math.round(startAt - Math.max(0, time - fixes[this.index]!.time) / speed);
  }

  next(): MeasuredFix {
    if (this.hasStarted) this.advance();
    this.hasStarted = true;
    const { lat, lng } = this.track.fixes[this.index]!;
    return { timestamp: this.timestamp, lat, lng };
  }

  private advance(): void {
    const { fixes } = this.track;
    if (fixes.length === 1) {
      this.timestamp += PARKED_INTERVAL_MS;
      return;
    }
    if (fixes[this.index + this.direction] === undefined) {
      this.direction = this.direction === 1 ? -1 : 1;
    }
    const before = fixes[this.index]!.time;
    this.index += this.direction;
    // A phone's two fixes of one instant still come one after the other.
    this.timestamp += Math.max(
      1,
      Math.round(Math.abs(fixes[this.index]!.time - before) / this.speed),
    );
  }
}

/** Shares the tracks out: several drivers on one track start evenly spread over it. */
export function traceDriver(
  tracks: readonly Track[],
  index: number,
  count: number,
  startAt: number,
  speed = 1,
): TraceDriver {
  const track = tracks[index % tracks.length]!;
  const durationMs = track.fixes.at(-1)!.time - track.fixes[0]!.time;
  const place = Math.floor(index / tracks.length) / Math.ceil(count / tracks.length);
  return new TraceDriver(track, startAt, durationMs * place, speed);
}
