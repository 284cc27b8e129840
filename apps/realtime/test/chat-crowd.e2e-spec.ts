import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConversationsService } from '#libs/chat';
import { Namespace, type ChatMessageFact } from '#libs/contracts';
import { until } from '#libs/testing';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { unreadBytes } from '../src/socket/engine/insides.js';
import { chatter, join, say, type Chatter } from './chat-scene.js';
import { TestCluster } from './cluster.js';
import { RawClient } from './raw-client.js';

const PEOPLE = 1_000;
const MESSAGES = 40;
const MAX_BUFFERED_BYTES = 65_536;
const CROWD = 'room:crowd';
const BUSY = 'room:busy';
const LONG_MS = 180_000;
const FIDGET_MS = 33;

describe('a room of 1,000 people on two instances', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        WS_RATE_PER_SECOND: '10000',
        WS_RATE_BURST: '10000',
        WS_MAX_BUFFERED_BYTES: String(MAX_BUFFERED_BYTES),
        CHAT_MESSAGES: '100000',
        CHAT_MAX_TEXT: '10000',
      },
    });
  });
  afterAll(() => cluster.close());

  /**
   * All are members before the first of them listens: nobody is told of the coming of the others. Bare
   * sockets: what a thousand clients keep of the room is not what is asked here.
   */
  async function people(): Promise<Reader[]> {
    const conversations = cluster.instances[0]!.app.get(ConversationsService, { strict: false });
    const users = await inParts(PEOPLE, () => cluster.addUser('passenger'));
    let version = 0;
    await inParts(PEOPLE, async (i) => {
      const entered = await conversations.enter(users[i]!, CROWD);
      version = Math.max(version, entered.version);
    });
    return inParts(PEOPLE, async (i) => {
      const auth = { token: users[i]!.token, chats: { [CROWD]: version } };
      const client = cluster.openBare(Namespace.chat, i % 2, auth);
      const told: string[] = [];
      const passing = { typing: 0, frames: 0 };
      client.socket.on('chat:message', ({ message }: ChatMessageFact) => told.push(message.id));
      client.socket.on('chat:typing', () => (passing.typing += 1));
      client.socket.on('cursor:frame', () => (passing.frames += 1));
      await client.waitFor('hello');
      // Answered once it is welcomed.
      await client.request('chat:history', { conversationId: CROWD, limit: 1 });
      return { told, passing };
    });
  }

  it(
    '[CHAT12] tells everybody everything in one order, while some type and move their pointers, and one that does not read costs bounded memory and is closed',
    async () => {
      const readers = await people();
      const writers = await Promise.all([chatter(cluster, 0), chatter(cluster, 1)]);
      for (const { client } of writers) for (const id of [CROWD, BUSY]) await join(client, id);
      const slow = await cluster.addUser('passenger');
      const reader = await RawClient.open(cluster.url(1));
      await reader.enter(Namespace.chat, slow.token);
      for (const [i, conversationId] of [CROWD, BUSY].entries()) {
        reader.send(`42/chat,${i}["chat:join",{"conversationId":"${conversationId}"}]`);
        await reader.waitFor((packet) => packet.startsWith(`43/chat,${i}[{"ok":true`));
      }
      const registry = cluster.instances[1]!.app.get(ConnectionRegistry);
      const [socket] = registry.ofUser(slow.userId);
      reader.pause();
      const restless = setInterval(() => {
        for (const writer of writers) fidget(writer);
      }, FIDGET_MS);

      // It lives: else a slow machine takes it for dead before enough is unread.
      const beat = () => reader.send('3');
      let peakBytes = 0;
      const sent: string[] = [];
      const text = 'x'.repeat(10_000);
      for (let i = 0; i < MESSAGES; i += 1) {
        beat();
        sent.push((await say(writers[i % 2]!.client, CROWD, `said ${i}`)).id);
        for (let j = 0; j < 5; j += 1) await say(writers[0]!.client, BUSY, text);
        peakBytes = Math.max(peakBytes, unreadBytes(socket!));
      }
      // It still listens, so that it is given what nobody reads.
      await until(
        'it is closed',
        async () => {
          beat();
          await say(writers[0]!.client, BUSY, text);
          peakBytes = Math.max(peakBytes, unreadBytes(socket!));
          return !socket!.connected;
        },
        LONG_MS,
      );
      expect(socket!.data.connection.closedFor).toBe('SLOW_CONSUMER');
      expect(peakBytes).toBeGreaterThan(MAX_BUFFERED_BYTES);
      // A conversation is closed to a reader with twice as much unread, before more is sent.
      expect(peakBytes).toBeLessThan(3 * MAX_BUFFERED_BYTES);
      const last = await say(writers[1]!.client, CROWD, 'the end');
      await until(
        'everybody is told',
        () => readers.every(({ told }) => told.at(-1) === last.id),
        LONG_MS,
      );
      for (const { told } of readers) expect(told).toEqual([...sent, last.id]);
      await until('everybody has seen who types and where pointers are', () =>
        readers.every(({ passing }) => passing.typing > 0 && passing.frames > 0),
      );
      clearInterval(restless);
      reader.close();
    },
    2 * LONG_MS,
  );
});

interface Reader {
  told: string[];
  passing: { typing: number; frames: number };
}

let fidgets = 0;

function fidget({ client }: Chatter): void {
  client.send('chat:typing', { conversationId: CROWD });
  client.send('cursor:move', { conversationId: CROWD, x: (fidgets += 1), y: 0 });
}

async function inParts<T>(count: number, make: (i: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  while (made.length < count) {
    const size = Math.min(50, count - made.length);
    made.push(
      ...(await Promise.all(Array.from({ length: size }, (_, j) => make(made.length + j)))),
    );
  }
  return made;
}
