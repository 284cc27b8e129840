import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { exportsConfig, type ConfigType } from '#libs/config';
import { Log } from '#libs/observability';
import { BackgroundTask } from '#libs/redis';
import { ExportStream, type TrimResult } from './export-stream.js';

/** Trims the stream now and then. Every instance runs it, and one of them does it in each interval. */
@Injectable()
export class ExportTrimmer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly task: BackgroundTask;

  constructor(
    @Inject(exportsConfig.KEY) private readonly settings: ConfigType<typeof exportsConfig>,
    private readonly stream: ExportStream,
    private readonly log: Log,
  ) {
    this.task = new BackgroundTask(log, 'trimming the export stream', () => this.trim());
  }

  onApplicationBootstrap(): void {
    this.task.start(this.settings.trimIntervalMs);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  /** @returns whether it was this instance's turn */
  private async trim(): Promise<boolean> {
    const result = await this.stream.trim();
    if (!result) return false;
    if (result.lost > 0) this.reportLost(result);
    return true;
  }

  private reportLost({ lost, slowestGroup }: TrimResult): void {
    this.log.error(
      { lost, slowestGroup, maxLength: this.settings.streamMaxLength },
      'exported facts were dropped unread: a consumer group is too far behind, or nobody reads it',
    );
  }
}
