import { type Log } from '#libs/observability';
import { BackgroundFailures } from './background-failures.js';

/** Work that is done again and again, never twice at the same time, and outlives its failures. */
export class BackgroundTask {
  private readonly failures: BackgroundFailures;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  /**
   * @param name what the log calls it
   * @param work resolves to false when it had nothing to do, which does not show that it can
   */
  constructor(
    log: Log,
    name: string,
    private readonly work: () => Promise<boolean>,
  ) {
    this.failures = new BackgroundFailures(log, name);
  }

  start(intervalMs: number): void {
    this.timer = setInterval(() => (this.running ??= this.run()), intervalMs);
  }

  /** Resolves when what is being done has ended. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      if (await this.work()) this.failures.clear();
    } catch (error) {
      this.failures.note(error);
    } finally {
      this.running = undefined;
    }
  }
}
