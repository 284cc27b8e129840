import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ChannelsStore } from '#libs/channels';
import { chatConfig, type ConfigType } from '#libs/config';
import { ExportStream } from '#libs/exports';
import { Log } from '#libs/observability';
import { BackgroundTask } from '#libs/redis';
import { ChatArchive, type ExportTurn } from './chat-archive.js';
import { type ChatContent, type ChatEntry } from './chat-content.js';
import { channelOf } from './chat-keys.js';

/** Entries that are read and exported together. */
const PAGE = 200;

/**
 * Hands everything that happens in conversations to the company's own systems (CHAT_EXPORT), in order
 * and at least once. Every instance runs it, and one of them does it in each interval.
 */
@Injectable()
export class ChatExporter implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly task: BackgroundTask;

  constructor(
    @Inject(chatConfig.KEY) private readonly settings: ConfigType<typeof chatConfig>,
    private readonly archive: ChatArchive,
    private readonly channels: ChannelsStore,
    private readonly stream: ExportStream,
    private readonly log: Log,
  ) {
    this.task = new BackgroundTask(log, 'exporting conversations', () => this.exportAll());
  }

  onApplicationBootstrap(): void {
    if (this.settings.isExported) this.task.start(this.settings.exportIntervalMs);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  /** @returns whether it was this instance's turn */
  private async exportAll(): Promise<boolean> {
    const turn = await this.archive.claim(this.settings.exportIntervalMs);
    for (const conversationId of turn.waiting)
      if (!(await this.export(turn, conversationId))) break;
    return turn.waiting.length > 0;
  }

  /** @returns false when the turn was over: another instance goes on from what was noted */
  private async export(turn: ExportTurn, conversationId: string): Promise<boolean> {
    let noted: number | undefined;
    let exported = 0;
    for (;;) {
      if (!(await this.archive.renew(turn, this.settings.exportIntervalMs))) return false;
      if (noted === undefined) exported = noted = await this.archive.exportedOf(conversationId);
      const {
        entries,
        version: newest,
        first,
      } = await this.channels.readAfter<ChatContent>(channelOf(conversationId), exported, PAGE);
      if (newest < exported) {
        // It has vanished for its age, and counts anew.
        exported = 0;
        continue;
      }
      if (entries.length === 0) break;
      const lost = first - exported - 1;
      if (exported > 0 && lost > 0) this.log.error({ lost }, 'events were not exported in time');
      await this.stream.append(entries.map((entry) => toFact(conversationId, entry)));
      exported = entries.at(-1)?.version ?? exported;
      await this.archive.note(conversationId, exported, noted);
      noted = exported;
    }
    await this.archive.settle(conversationId);
    return true;
  }
}

/** Of an entry that another one has replaced meanwhile, e.g. an edited message, what it is now. */
function toFact(conversationId: string, { version, at, content }: ChatEntry) {
  const { kind, ...data } = content;
  return { type: `chat.${kind}`, subject: conversationId, version, at, data };
}
