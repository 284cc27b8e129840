import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Configuration } from '#libs/config';
import { Log } from '#libs/observability';
import { ExportStream } from './export-stream.js';

/** Trims the stream now and then. Every instance runs it, and one of them does it in each interval. */
@Injectable()
export class ExportTrimmer implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly configuration: Configuration,
    private readonly stream: ExportStream,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running ??= this.trim()
        .catch((error: unknown) => this.log.debug({ err: error }, 'trimming waits for redis'))
        .finally(() => (this.running = undefined));
    }, this.configuration.exports.trimIntervalMs);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async trim(): Promise<void> {
    const result = await this.stream.trim();
    if (!result || result.lost === 0) return;
    const { lost, slowestGroup } = result;
    this.log.error(
      { lost, slowestGroup, maxLength: this.configuration.exports.streamMaxLength },
      'exported facts were dropped unread: a consumer group is too far behind, or nobody reads it',
    );
  }
}
