import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Namespace, type ChatMessage, type ChatMessageFact } from '#libs/contracts';
import { TestClient, until } from '#libs/testing';
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

/** An app that connects again wherever it can, and names what it saw. */
class ChatApp {
  readonly seen: ChatMessageFact[] = [];
  /** Every event of the room that came, and what came instead of it. */
  readonly versions: number[] = [];
  readonly odd: unknown[] = [];
  private client: TestClient | undefined;
  private closed = false;

  constructor(
    private readonly user: TestUser,
    private readonly addresses: readonly (() => string)[],
  ) {}

  async start(): Promise<void> {
    await this.open(0);
    const { version } = await this.client!.ask<{ version: number }>('chat:join', {
      conversationId: ROOM,
    });
    this.versions.push(version);
  }

  /** Sends texts, a window at a time; what is not acknowledged is sent again under its name. */
  async write(texts: readonly string[]): Promise<ChatMessage[]> {
    const sent: ChatMessage[] = [];
    for (let first = 0; first < texts.length; first += WINDOW) {
      sent.push(
        ...(await Promise.all(texts.slice(first, first + WINDOW).map((text) => this.say(text)))),
      );
    }
    return sent;
  }

  close(): void {
    this.closed = true;
    this.client?.close();
  }

  private async say(text: string): Promise<ChatMessage> {
    const request = { conversationId: ROOM, clientMessageId: text, text };
    for (;;) {
      const { client } = this;
      const answer = client?.socket.connected
        ? await client.request<ChatMessage>('chat:send', request).catch(() => undefined)
        : undefined;
      if (answer?.ok) return answer.data!;
      if (answer && !answer.error.retryable) throw new Error(JSON.stringify(answer.error));
      await until('it is connected again', () => this.client?.socket.connected === true, LONG_MS);
    }
  }

  private async open(turn: number): Promise<void> {
    if (this.closed) return;
    const address = this.addresses[turn % this.addresses.length]!;
    const newest = this.versions.at(-1);
    const auth = { token: this.user.token, ...(newest ? { chats: { [ROOM]: newest } } : {}) };
    const client = TestClient.open(address(), Namespace.chat, auth);
    client.socket.on('chat:message', (fact: ChatMessageFact) => {
      this.seen.push(fact);
      this.versions.push(fact.version);
    });
    for (const event of ['chat:member:joined', 'chat:member:left'] as const)
      client.socket.on(event, ({ version }: { version: number }) => this.versions.push(version));
    client.socket.on('chat:snapshot', (snapshot: unknown) => this.odd.push(snapshot));
    const isOver = () => client.disconnectReason !== undefined || client.refusals.length > 0;
    await until('it is in, or refused', () => client.socket.connected || isOver(), LONG_MS);
    if (!client.socket.connected) return this.open(turn + 1);
    this.client = client;
    client.socket.once('disconnect', () => void this.open(turn + 1));
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
          REDIS_KEY_PREFIX,
          JWT_ACCESS_SECRET: JWT_ACCESS_SECRET!,
          JWT_REFRESH_SECRET: JWT_REFRESH_SECRET!,
        }),
    );
    await Promise.all(doomed.map((instance) => instance.url()));
  });
  afterAll(async () => {
    for (const app of apps) app.close();
    await Promise.all((doomed ?? []).map((instance) => instance.end('SIGKILL')));
    await cluster?.close();
  });

  it(
    '[CHAT1] loses nothing and repeats nothing: every reader sees the messages of two writers in one order',
    async () => {
      const [one, two] = await Promise.all(doomed.map((instance) => instance.url()));
      const addressOf = [() => one!, () => two!, () => cluster.url(0)];
      const appAt = async (...order: number[]) => {
        const app = new ChatApp(
          await cluster.addUser('passenger'),
          order.map((i) => addressOf[i]!),
        );
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
      await doomed[0]!.end('SIGKILL');
      await until('two thirds are told', () => total() > (2 * MESSAGES) / 3, LONG_MS);
      await doomed[1]!.end('SIGKILL');

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
