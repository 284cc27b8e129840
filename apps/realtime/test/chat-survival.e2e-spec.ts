import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RidewireClient, type ChatLink, type Result } from '#libs/client';
import { type ChatMessage, type ChatMessageFact } from '#libs/contracts';
import { startTcpProxy, until, type TcpProxy } from '#libs/testing';
import { TestCluster, type TestUser } from './cluster.js';
import { InstanceProcess } from './instance-process.js';

const MESSAGES = 5_000;
const ROOM = 'room:survival';
/** Requests of a writer that are under way at the same time. */
const WINDOW = 20;
const LONG_MS = 120_000;

const ENV = {
  WS_RATE_PER_SECOND: '100000',
  WS_RATE_BURST: '100000',
  CHAT_MESSAGES: '100000',
  CHAT_REPLAY_LENGTH: '5000',
};

/** An app in the room, with the client that apps have: it comes back and goes on by itself. */
class ChatApp {
  readonly seen: ChatMessageFact[] = [];
  /** Every event of the room that came, and what came instead of it. */
  readonly versions: number[] = [];
  readonly odd: unknown[] = [];
  private readonly client: RidewireClient;
  private readonly chat: ChatLink;

  /** @param wire leads to an instance that lives */
  constructor(
    user: TestUser,
    private readonly wire: TcpProxy,
  ) {
    this.client = new RidewireClient({
      url: `http://127.0.0.1:${wire.port}`,
      getToken: () => user.token,
      socket: { transports: ['websocket'] },
    });
    this.chat = this.client.chat();
    this.chat.on('chat:message', (fact) => {
      this.seen.push(fact);
      this.versions.push(fact.version);
    });
    for (const event of ['chat:member:joined', 'chat:member:left'] as const)
      this.chat.on(event, ({ version }) => this.versions.push(version));
    this.chat.on('chat:snapshot', (snapshot) => this.odd.push(snapshot));
    this.client.onResumed(({ chats }) => {
      if (chats[ROOM] !== 'nothing') this.odd.push(chats);
    });
  }

  async start(): Promise<void> {
    await this.client.connect();
    const joined = await this.chat.conversations.join(ROOM);
    if (!joined.ok) throw new Error(joined.error.message);
    this.versions.push(joined.data.version);
  }

  /** Sends texts, a window at a time; what is not acknowledged is sent again under its name. */
  async write(texts: readonly string[]): Promise<ChatMessage[]> {
    const sent: ChatMessage[] = [];
    for (let first = 0; first < texts.length; first += WINDOW) {
      const part = texts.slice(first, first + WINDOW);
      for (const answer of await Promise.all(part.map((text) => this.say(text)))) {
        if (!answer.ok) throw new Error(answer.error.message);
        sent.push(answer.data);
      }
    }
    return sent;
  }

  async close(): Promise<void> {
    this.client.close();
    await this.wire.close();
  }

  private say(text: string): Promise<Result<ChatMessage>> {
    return this.chat.request(
      'chat:send',
      { conversationId: ROOM, clientMessageId: text, text },
      { deadlineMs: Infinity },
    );
  }
}

/** One instance lives in this process; two have their own, and are killed. */
describe('a conversation whose instances are killed', () => {
  let cluster: TestCluster;
  let doomed: InstanceProcess[];
  const apps: ChatApp[] = [];

  beforeAll(async () => {
    cluster = await TestCluster.start({ instances: 1, env: ENV });
    const { REDIS_URL, REDIS_MODE, REDIS_KEY_PREFIX, JWT_ACCESS_SECRET, JWT_REFRESH_SECRET } =
      cluster.environment;
    doomed = [0, 1].map(
      () =>
        new InstanceProcess({
          ...ENV,
          PORT: '0',
          HOST: '127.0.0.1',
          NODE_ENV: 'test',
          REDIS_URL,
          REDIS_MODE,
          REDIS_REPLICAS_TO_WAIT_FOR: String(cluster.environment.REDIS_REPLICAS_TO_WAIT_FOR),
          REDIS_KEY_PREFIX,
          JWT_ACCESS_SECRET: JWT_ACCESS_SECRET!,
          JWT_REFRESH_SECRET: JWT_REFRESH_SECRET!,
        }),
    );
    await Promise.all(doomed.map((instance) => instance.url()));
  });
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await Promise.all((doomed ?? []).map((instance) => instance.end('SIGKILL')));
    await cluster?.close();
  });

  it(
    '[CHAT1] loses nothing and repeats nothing: every reader sees the messages of two writers in one order',
    async () => {
      const urls = await Promise.all(doomed.map((instance) => instance.url()));
      const ports = [...urls, cluster.url(0)].map((url) => Number(new URL(url).port));
      const dead = new Set<number>();
      const kill = async (i: number) => {
        dead.add(i);
        await doomed[i]!.end('SIGKILL');
      };
      /** It goes to the first of these instances that lives. */
      const appAt = async (...order: number[]) => {
        const living = () => ports[order.find((i) => !dead.has(i))!]!;
        const app = new ChatApp(await cluster.addUser('passenger'), await startTcpProxy(living));
        apps.push(app);
        await app.start();
        return app;
      };
      const writers = [await appAt(0, 1, 2), await appAt(1, 2)];
      const readers = [await appAt(0, 2), await appAt(1, 0, 2), await appAt(2)];
      const everybody = [...writers, ...readers];
      const textsOf = (writer: number) =>
        Array.from({ length: MESSAGES / 2 }, (_, i) => `${writer}-${i}`);
      const written = Promise.all(writers.map((writer, i) => writer.write(textsOf(i))));
      const total = () => readers[2]!.seen.length;
      await until('a third is told', () => total() > MESSAGES / 3, LONG_MS);
      await kill(0);
      await until('two thirds are told', () => total() > (2 * MESSAGES) / 3, LONG_MS);
      await kill(1);

      const acknowledged = (await written).flat();
      expect(acknowledged).toHaveLength(MESSAGES);
      await until(
        'everybody is told all',
        () => everybody.every(({ seen }) => seen.length >= MESSAGES),
        LONG_MS,
      );
      const order = acknowledged
        .toSorted((a, b) => a.version - b.version)
        .map(({ version, text }) => `${version} ${text}`);
      for (const { seen, versions, odd } of everybody) {
        expect(seen.map(({ version, message }) => `${version} ${message.text}`)).toEqual(order);
        // Also what is no message came once and in order, without a gap.
        const first = versions[0]!;
        expect(versions).toEqual(versions.map((_, i) => first + i));
        expect(odd).toEqual([]);
      }
    },
    4 * LONG_MS,
  );
});
