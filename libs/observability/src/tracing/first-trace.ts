import { type Tracing } from './tracing.js';

/**
 * What comes together and is shown at once, e.g. the positions of a tick, shows in one trace: the
 * first of its causes that is kept.
 */
export class FirstTrace {
  private traceparent: string | undefined;

  constructor(private readonly tracing: Tracing) {}

  /** What is worked on at this moment is one of the causes. */
  note(): void {
    if (this.tracing.isOn) this.traceparent ??= this.tracing.keptTraceparent;
  }

  /** W3C; undefined where no cause is kept. The next causes are those of something else. */
  take(): string | undefined {
    const { traceparent } = this;
    if (traceparent !== undefined) this.traceparent = undefined;
    return traceparent;
  }
}
