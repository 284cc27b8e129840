import { DelayHistogram } from '#libs/observability';

/** What the watchers of one instance saw together. */
export class WatcherGroup {
  deliveries = 0;
  readonly delays = new DelayHistogram();

  constructor(readonly name: string) {}

  clear(): void {
    this.deliveries = 0;
    this.delays.clear();
  }
}

/** A dispatcher that checks every position it is sent. */
export interface FleetWatcher {
  /** Resolves when all that it is to see has been shown once. */
  readonly pictureCame: Promise<void>;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** How many drivers this dispatcher does not show where they are. */
  countOutdated(): number;
  /** It looks at nothing else from now on. */
  settle(): void;
}
