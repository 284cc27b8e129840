import { Namespace, UserType, type ChatConversation, type ChatPage } from '#libs/contracts';
import { FaultApp, pause } from './fault-app.js';
import { type FaultScene } from './fault-scene.js';
import { type KeptEntry } from './history/stream-history.js';

const PAGE = 100;

/** People on several instances who talk in one room until they are stopped. */
export class Talk {
  private isStopping = false;

  private constructor(
    readonly conversationId: string,
    readonly writers: readonly FaultApp[],
    readonly readers: readonly FaultApp[],
    private readonly pauseMs: number,
  ) {}

  static async open(
    scene: FaultScene,
    name: string,
    { writers = 2, readers = 2, pauseMs = 60 } = {},
  ): Promise<Talk> {
    const id = `room:${name}`;
    const all = scene.instances.length;
    const people = await Promise.all(
      Array.from({ length: writers + readers }, async (_, i) => {
        const order = Array.from({ length: all }, (_each, k) => (i + k) % all);
        const app: FaultApp = new FaultApp(
          await scene.addUser(UserType.passenger),
          Namespace.chat,
          order.map((each) => () => scene.instances[each]!.address),
          () => (app.heard.has(id) ? { chats: { [id]: app.newestOf(id) } } : {}),
        );
        await app.connect();
        const { version } = await app.client!.ask<ChatConversation>('chat:join', {
          conversationId: id,
        });
        app.note(id, { version });
        return app;
      }),
    );
    return new Talk(id, people.slice(0, writers), people.slice(writers), pauseMs);
  }

  get everybody(): readonly FaultApp[] {
    return [...this.writers, ...this.readers];
  }

  /** Resolves once everything that was sent is answered. */
  async run(): Promise<void> {
    await Promise.all(
      this.writers.map(async (writer, who) => {
        for (let i = 1; !this.isStopping; i += 1) {
          const key = `w${who}-${i}`;
          await writer.do({
            stream: this.conversationId,
            key,
            event: 'chat:send',
            payload: { conversationId: this.conversationId, clientMessageId: key, text: key },
          });
          await pause(this.pauseMs);
        }
      }),
    );
  }

  stop(): void {
    this.isStopping = true;
  }

  close(): void {
    for (const app of this.everybody) app.close();
  }

  /** All messages as one instance shows them to a member: nobody else may read them. */
  async readAt(scene: FaultScene, instance: number): Promise<KeptEntry[]> {
    const app = new FaultApp(this.writers[0]!.user, Namespace.chat, [
      () => scene.instances[instance]!.address,
    ]);
    await app.connect();
    try {
      return await this.historyBy(app);
    } finally {
      app.close();
    }
  }

  private async historyBy(app: FaultApp): Promise<KeptEntry[]> {
    const { conversationId } = this;
    const entries: KeptEntry[] = [];
    let before: number | undefined;
    for (;;) {
      const page = await app.client!.ask<ChatPage>('chat:history', {
        conversationId,
        limit: PAGE,
        ...(before === undefined ? {} : { before }),
      });
      entries.unshift(
        ...page.messages.map(({ version, clientMessageId }) => ({
          version,
          type: 'message',
          told: { member: 'chat:message' },
          ...(clientMessageId === null ? {} : { deed: clientMessageId }),
        })),
      );
      if (!page.hasMore) break;
      before = page.messages[0]!.version;
    }
    return entries;
  }
}
