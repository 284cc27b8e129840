import { type OnApplicationShutdown } from '@nestjs/common';
import { type StructuredLogger } from './logger.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Changes how much is logged for a while: nobody has to remember to set it back. */
export class LogLevels implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: StructuredLogger,
    private readonly configured: string,
  ) {}

  get current(): string {
    return this.log.level;
  }

  /** @param forMs after this time it is as configured again */
  change(level: LogLevel, forMs: number): void {
    clearTimeout(this.timer);
    this.log.level = level;
    this.log.info({ level, forMs }, 'the log level is another one for a while');
    this.timer = setTimeout(() => {
      this.log.level = this.configured;
      this.log.info({ level: this.configured }, 'the log level is as configured again');
    }, forMs);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
  }
}
