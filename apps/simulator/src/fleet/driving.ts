import { type DriverClient } from '../clients/driver-client.js';
import { type FixSource, type MeasuredFix } from '../drives/fix-source.js';

/** On average a phone loses its network this often, and for this long. */
const MEAN_TIME_BETWEEN_SILENCES_MS = 600_000;
const SHORTEST_SILENCE_MS = 10_000;
const LONGEST_SILENCE_MS = 40_000;

/** Lets a phone measure each fix when it is due, and loses its network now and then. */
export class Driving {
  private fixTimer: NodeJS.Timeout | undefined;
  private silenceTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly client: DriverClient,
    private readonly source: FixSource,
    private readonly onSilence: () => void,
    private readonly onTrouble: (what: string) => void,
  ) {}

  start(): void {
    this.schedule(this.source.next());
    this.scheduleSilence();
  }

  stop(): void {
    clearTimeout(this.fixTimer);
    clearTimeout(this.silenceTimer);
  }

  private schedule(fix: MeasuredFix): void {
    this.fixTimer = setTimeout(
      () => {
        this.client.measure(fix);
        this.schedule(this.source.next());
      },
      Math.max(0, fix.timestamp - Date.now()),
    );
  }

  private scheduleSilence(): void {
    const delayMs = -Math.log(1 - Math.random()) * MEAN_TIME_BETWEEN_SILENCES_MS;
    this.silenceTimer = setTimeout(() => {
      this.onSilence();
      this.client.fallSilent();
      this.silenceTimer = setTimeout(() => this.endSilence(), silenceMs());
    }, delayMs);
  }

  private endSilence(): void {
    this.client.comeBack().catch((error: unknown) => {
      this.onTrouble(error instanceof Error ? error.message : String(error));
    });
    this.scheduleSilence();
  }
}

function silenceMs(): number {
  return SHORTEST_SILENCE_MS + Math.random() * (LONGEST_SILENCE_MS - SHORTEST_SILENCE_MS);
}
