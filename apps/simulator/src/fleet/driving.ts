import { type DriverClient } from '../clients/driver-client.js';
import { type Drive } from '../drives/drive.js';
import { type MeasuredFix } from '../drives/fix-source.js';
import { type Point } from '../drives/geography.js';
import { type Car } from '../rides/chauffeur.js';

/** On average a phone loses its network this often, and for this long. */
const MEAN_TIME_BETWEEN_SILENCES_MS = 600_000;
const SHORTEST_SILENCE_MS = 10_000;
const LONGEST_SILENCE_MS = 40_000;

/** Lets a phone measure each fix when it is due, and loses its network now and then. */
export class Driving implements Car {
  /** The last position that the server took. */
  private believed: MeasuredFix | undefined;
  private isOnErrand = false;
  private fixTimer: NodeJS.Timeout | undefined;
  private silenceTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly client: DriverClient,
    private readonly source: Drive,
    private readonly onSilence: () => void,
  ) {}

  start(): void {
    this.schedule(this.source.next());
    this.scheduleSilence();
  }

  stop(): void {
    clearTimeout(this.fixTimer);
    clearTimeout(this.silenceTimer);
  }

  /** Where the server knows the car to be while it may be sent somewhere. */
  get freePlace(): Point | undefined {
    return this.isOnErrand ? undefined : this.believed;
  }

  /** On a trip, or on the way back from one. */
  get isAway(): boolean {
    return this.source.isAway;
  }

  believe(fix: MeasuredFix): void {
    if (fix.timestamp >= (this.believed?.timestamp ?? 0)) this.believed = fix;
  }

  driveTo(place: Point, speedMps: number): number {
    this.isOnErrand = true;
    const from = this.believed && { lat: this.believed.lat, lng: this.believed.lng };
    const durationMs = this.source.driveTo(place, speedMps, Date.now(), from);
    this.replan();
    return durationMs;
  }

  letGo(): void {
    this.isOnErrand = false;
    this.source.letGo(Date.now());
    this.replan();
  }

  private replan(): void {
    clearTimeout(this.fixTimer);
    this.schedule(this.source.next());
  }

  private schedule(fix: MeasuredFix): void {
    this.fixTimer = setTimeout(
      () => {
        this.client.measure(measuredBy(Date.now(), fix));
        this.schedule(this.source.next());
      },
      Math.max(0, fix.timestamp - Date.now()),
    );
  }

  private scheduleSilence(): void {
    const delayMs = -Math.log(1 - Math.random()) * MEAN_TIME_BETWEEN_SILENCES_MS;
    this.silenceTimer = setTimeout(() => {
      // A car with a passenger stays in reach here: the trip must end within the demo.
      if (this.isOnErrand) {
        this.scheduleSilence();
        return;
      }
      this.onSilence();
      this.client.fallSilent();
      this.silenceTimer = setTimeout(() => this.endSilence(), silenceMs());
    }, delayMs);
  }

  private endSilence(): void {
    void this.client.comeBack();
    this.scheduleSilence();
  }
}

/**
 * A timer may fire a millisecond early, and no phone measures the future: the server would take its
 * clock for one that is ahead, and correct the times by which the demo knows its fixes again.
 */
export function measuredBy(now: number, fix: MeasuredFix): MeasuredFix {
  return fix.timestamp > now ? { ...fix, timestamp: now } : fix;
}

function silenceMs(): number {
  return SHORTEST_SILENCE_MS + Math.random() * (LONGEST_SILENCE_MS - SHORTEST_SILENCE_MS);
}
