import { type FixResult, type LocationPingResult } from '#libs/contracts/browser';
import { type ClockRun } from './clock-of-device.js';
import { type Link } from './link.js';
import { type Refusal } from './result.js';
import { guarded } from './store.js';
import { backoffMs } from './waiting.js';

/** A position as the device measured it. */
export interface MeasuredFix {
  /** Degrees, WGS84. */
  lat: number;
  lng: number;
  /**
   * When it was measured, by the clock of the device or a right one, e.g. that of the satellites; epoch
   * milliseconds. Default now.
   */
  timestamp?: number;
  /** Radius of the 68 % circle, metres. */
  accuracy?: number;
  /** Degrees clockwise from north. */
  heading?: number;
  /** Metres a second. */
  speed?: number;
}

/** A fix with its place in the order that the server keeps. */
export interface NumberedFix extends MeasuredFix {
  timestamp: number;
  epoch?: number;
  sequence?: number;
}

/** A fix with the time that the device has measured. */
interface Measured {
  fix: NumberedFix;
  /** How old it was when it was reported, by the clock of the device. */
  ageMs: number;
  run: ClockRun;
}

export interface LocationReporterOptions {
  /** A fix that lies so far from the last one that was taken is taken. Default 20 m. */
  distanceMeters?: number;
  /** So long after the last one any newer fix is taken, wherever it lies. Default 10 s. */
  heartbeatMs?: number;
  /** No fix is taken sooner after the last one. Default 1 s. */
  minIntervalMs?: number;
  /** Measures the position for a heartbeat to which the device has brought no fix by itself. */
  locate?: () => MeasuredFix | Promise<MeasuredFix>;
  /** Fixes that wait at most; the oldest give way. Default 2,000. */
  capacity?: number;
  /** They go out now. */
  onSent?: (fixes: readonly NumberedFix[]) => void;
  /** What the server made of a fix. */
  onResult?: (fix: NumberedFix, result: FixResult) => void;
  /** Fixes that will never be sent, and why: too many waited, or the server refused the request. */
  onDropped?: (fixes: readonly NumberedFix[], reason: 'capacity' | Refusal['code']) => void;
  /** A ping that is sent again later. */
  onTrouble?: (refusal: Refusal) => void;
}

const DEFAULTS = { distanceMeters: 20, heartbeatMs: 10_000, minIntervalMs: 1_000, capacity: 2_000 };
/** The server takes no more at once. */
const MAX_FIXES_PER_PING = 200;
const METERS_PER_DEGREE = 111_195;

/**
 * Brings a driver's positions to the server: those that say something new, in batches while the
 * network is bad, in order, and again until they are answered. The server knows a fix by its number.
 */
export class LocationReporter {
  /** The oldest first. */
  #waiting: Measured[] = [];
  readonly #options: LocationReporterOptions & typeof DEFAULTS;
  /** The last one that was taken. */
  #taken: Measured | undefined;
  /** A newer one that said nothing new yet. */
  #latest: Measured | undefined;
  /** By a clock that nobody sets. */
  #takenAt = -Infinity;
  #sequence = 0;
  #isSending = false;
  #failures = 0;
  #retryMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;
  readonly #leave: () => void;
  readonly #link: Link<'/drivers'>;

  constructor(link: Link<'/drivers'>, options: LocationReporterOptions = {}) {
    this.#link = link;

    this.#options = { ...DEFAULTS, ...options };
    this.#leave = link.join({ ready: () => this.#flush() });
    this.#plan();
  }

  /** Fixes that were taken and are not answered yet, but for those that are on their way. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes note of a fix; it is sent if it says something new. */
  report(fix: MeasuredFix): void {
    if (this.#isStopped) return;
    this.#sequence += 1;
    const epoch = this.#link.hello?.epoch;
    const order = epoch !== undefined && { epoch, sequence: this.#sequence };
    const { timestamp = Date.now() } = fix;
    const ageMs = Date.now() - timestamp;
    this.#latest = { fix: { ...fix, timestamp, ...order }, ageMs, run: this.#link.clock.run };
    this.#plan();
  }

  /** Takes no more fixes; what waits is still sent while the client is open. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#flush();
  }

  /**
   * With its time by the clock of the server, where that of the device is wrong. What is known of it
   * comes with the greeting, so that this is asked for when the fix is sent.
   */
  #timed({ fix, ageMs, run }: Measured): NumberedFix {
    const offsetMs = this.#link.clock.offsetMs(run);
    const isOfDevice = Math.abs(ageMs) < Math.abs(ageMs + offsetMs);
    return isOfDevice ? { ...fix, timestamp: fix.timestamp + offsetMs } : fix;
  }

  /** Takes the latest fix when it is due, else when it will be. */
  #plan(): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    const { minIntervalMs, heartbeatMs, distanceMeters } = this.#options;
    const isFar =
      !!this.#latest &&
      (!this.#taken || distanceBetween(this.#taken.fix, this.#latest.fix) >= distanceMeters);
    const dueInMs = this.#takenAt + (isFar ? minIntervalMs : heartbeatMs) - performance.now();
    if (isFar && dueInMs <= 0) this.#takeLatest();
    else
      this.#timer = setTimeout(
        () => void this.#beat(),
        Math.max(0, Math.min(dueInMs, heartbeatMs)),
      );
  }

  async #beat(): Promise<void> {
    if (!this.#latest && this.#options.locate) {
      const fix = await Promise.resolve(this.#options.locate()).catch(() => undefined);
      // It plans the next beat itself.
      if (fix && !this.#latest) this.report(fix);
    }
    if (this.#latest) this.#takeLatest();
    else {
      this.#takenAt = performance.now();
      this.#plan();
    }
  }

  #takeLatest(): void {
    this.#taken = this.#latest;
    this.#latest = undefined;
    this.#takenAt = performance.now();
    this.#wait([...this.#waiting, this.#taken!]);
    this.#plan();
    this.#flush();
  }

  #flush(): void {
    if (this.#isStopped && !this.#waiting[0]) this.#leave();
    if (this.#isSending || !this.#waiting[0] || !this.#link.isReady) return;
    clearTimeout(this.#retryTimer);
    this.#isSending = true;
    void this.#sendBatch().finally(() => {
      this.#isSending = false;
      if (this.#failures === 0) this.#flush();
      else this.#retryTimer = setTimeout(() => this.#flush(), this.#retryMs);
    });
  }

  async #sendBatch(): Promise<void> {
    const measured = this.#waiting.splice(0, MAX_FIXES_PER_PING);
    const fixes = measured.map((each) => this.#timed(each));
    guarded(() => this.#options.onSent?.(fixes));
    const payload = fixes[1] ? fixes : fixes[0]!;
    const answer = await this.#link.tryNow('driver:location:ping', payload);
    if (answer.ok) return this.#answered(fixes, answer.data);
    const { error } = answer;
    if (error.code === 'FIX_REFUSED')
      return this.#answered(fixes, error.details as LocationPingResult);
    if (!error.retryable && this.#link.isReady) {
      this.#failures = 0;
      return this.#drop(fixes, error.code);
    }
    this.#retryMs = backoffMs(this.#failures, error.retryAfterMs);
    this.#failures += 1;
    this.#wait([...measured, ...this.#waiting]);
    guarded(() => this.#options.onTrouble?.(error));
  }

  #answered(fixes: readonly NumberedFix[], { results, serverTime }: LocationPingResult): void {
    this.#failures = 0;
    // The clock of a phone may be set while it drives.
    this.#link.clock.note(serverTime);
    results.forEach((result, i) => {
      const fix = fixes[i];
      if (fix) guarded(() => this.#options.onResult?.(fix, result));
    });
  }

  #wait(measured: Measured[]): void {
    const tooMany = Math.max(0, measured.length - this.#options.capacity);
    this.#waiting = measured.slice(tooMany);
    const lost = measured.slice(0, tooMany).map((each) => this.#timed(each));
    this.#drop(lost, 'capacity');
  }

  #drop(fixes: readonly NumberedFix[], reason: 'capacity' | Refusal['code']): void {
    if (fixes[0]) guarded(() => this.#options.onDropped?.(fixes, reason));
  }
}

/** Metres; exact enough for some hundred of them. */
function distanceBetween(a: MeasuredFix, b: MeasuredFix): number {
  const east = (b.lng - a.lng) * Math.cos((a.lat * Math.PI) / 180);
  return Math.hypot(b.lat - a.lat, east) * METERS_PER_DEGREE;
}
