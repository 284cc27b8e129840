import { type PositionQuality } from '#libs/contracts';
import { increase } from './tally.js';

/** What a dispatcher was shown of a phone that said nothing. */
export type ShownSilence = Exclude<PositionQuality, 'live'> | 'gone';

/** What the server makes of phones that stay connected and say nothing. */
export class SilenceTally {
  /** Silences that began, by their kind. */
  readonly begun = new Map<string, number>();
  /** Of them, those that were shown so; each at most once. */
  readonly shown = new Map<ShownSilence, number>();
  /** Those who were shown as live again after it. */
  back = 0;
  private readonly silent = new Map<string, Set<ShownSilence>>();
  private readonly returning = new Set<string>();

  /** Silences that a dispatcher could see. */
  noticed = 0;

  begin(driverId: string, kind: string): void {
    increase(this.begun, kind);
    this.silent.set(driverId, new Set());
    this.returning.delete(driverId);
  }

  end(driverId: string): void {
    const seen = this.silent.get(driverId);
    this.silent.delete(driverId);
    // Who was live all the time has not come back.
    if (seen && seen.size > 0) this.returning.add(driverId);
  }

  /** What a dispatcher is shown of somebody, silent or not. */
  show(driverId: string, what: PositionQuality | 'gone'): void {
    if (what === 'live') {
      if (this.returning.delete(driverId)) this.back += 1;
      return;
    }
    const seen = this.silent.get(driverId);
    if (!seen || seen.has(what)) return;
    if (seen.size === 0) this.noticed += 1;
    seen.add(what);
    increase(this.shown, what);
  }
}
