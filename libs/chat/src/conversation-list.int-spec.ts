import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { directConversationId, LOBBY_ID } from '#libs/contracts';
import { startModules, startTcpProxy, testEnvironment, type TcpProxy } from '#libs/testing';
import { type ChatCaller } from './chat-access.js';
import { ChatKeys } from './chat-keys.js';
import { ChatModule } from './chat.module.js';
import { ConversationsService } from './conversations.service.js';
import { ModerationService } from './moderation.service.js';
import { PeopleStore } from './people.store.js';

const DEE = { userId: 'dee', userType: 'admin' } as const;

describe('the list of the conversations of a person', () => {
  let instance: TestingModule;
  /** Reaches Redis through the proxy. */
  let slow: TestingModule;
  let proxy: TcpProxy;
  let people = 0;

  beforeAll(async () => {
    const environment = testEnvironment({ CHAT_MAX_CONVERSATIONS: '2' });
    proxy = await startTcpProxy(Number(new URL(environment.REDIS_URL).port));
    const throughProxy = {
      ...environment,
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      // Longer than a busy machine takes for what is done while its connection is held.
      REDIS_COMMAND_TIMEOUT: 60_000,
    };
    [instance, slow] = (await Promise.all(
      [environment, throughProxy].map((each) => startModules(each, [ChatModule])),
    )) as [TestingModule, TestingModule];
    await instance.get(AccountsService, { strict: false }).create({ id: 'dee', userType: 'admin' });
  });
  afterAll(async () => {
    await Promise.all([instance?.close(), slow?.close()]);
    await proxy?.close();
  });

  const conversations = (on = instance) => on.get(ConversationsService, { strict: false });
  const moderation = (on = instance) => on.get(ModerationService, { strict: false });
  const somebody = async (): Promise<ChatCaller> => {
    const userId = `p${(people += 1)}`;
    await instance
      .get(AccountsService, { strict: false })
      .create({ id: userId, userType: 'passenger' });
    return { userId, userType: 'passenger' };
  };
  const listedOf = async (caller: ChatCaller) =>
    (await conversations().list(caller)).conversations
      .map(({ id }) => id)
      .filter((id) => !id.startsWith('broadcast:'))
      .toSorted();

  it('[CHAT4] the lobby is one of as many as a person may be in, and takes no room out of the list', async () => {
    const ada = await somebody();
    const rooms = ['room:list a', 'room:list b'];
    for (const id of rooms) await conversations().enter(ada, id);
    await expect(conversations().enter(ada, LOBBY_ID)).rejects.toMatchObject({
      code: 'TOO_MANY_ROOMS',
    });
    await conversations().enter(DEE, directConversationId('dee', ada.userId));
    for (const id of rooms) expect(await listedOf(ada)).toContain(id);
    await expect(conversations().enter(ada, 'room:list c')).rejects.toMatchObject({
      code: 'TOO_MANY_ROOMS',
    });
    // Who is in one can come back to it.
    await conversations().enter(ada, rooms[0]!);
  });

  it('[CHAT4] an invitation exceeds it as little, and takes no place when it comes to nothing', async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    await moderation().create(DEE, { name: 'invited a', userIds: [ada.userId] });
    await conversations().enter(ada, LOBBY_ID);
    await moderation().create(DEE, { name: 'invited b' });
    const invitation = { conversationId: 'room:invited b', userId: ada.userId };
    await expect(moderation().invite(DEE, invitation)).rejects.toMatchObject({
      code: 'TOO_MANY_ROOMS',
    });
    const userIds = [bob.userId, ada.userId];
    await expect(moderation().create(DEE, { name: 'invited c', userIds })).rejects.toMatchObject({
      code: 'TOO_MANY_ROOMS',
    });
    expect(await listedOf(bob)).toEqual([]);
    expect(await listedOf(ada)).toEqual([LOBBY_ID, 'room:invited a']);
    await conversations().leave(ada, LOBBY_ID);
    await moderation().invite(DEE, invitation);
    // Who is a member already may be invited again.
    await moderation().invite(DEE, invitation);
    expect(await listedOf(ada)).toEqual(['room:invited a', 'room:invited b']);
  });

  it.each<[what: string, step: (ada: ChatCaller, room: string) => Promise<unknown>]>([
    ['reads the list that still names the room', (ada) => conversations(slow).list(ada)],
    ['leaves the room', (ada, room) => conversations(slow).leave(ada, room)],
    [
      'takes the person out',
      (ada, room) => moderation(slow).remove(DEE, { conversationId: room, userId: ada.userId }),
    ],
  ])(
    '[CHAT4] whoever is let into a room has it in the list, also while another instance %s',
    async (what, step) => {
      const ada = await somebody();
      const room = `room:${what.replaceAll(/\W+/g, ' ').trim()}`;
      await moderation().create(DEE, { name: room.slice('room:'.length), isOpen: true });
      // A crash leaves it so.
      if (what.startsWith('reads'))
        await instance.get(PeopleStore, { strict: false }).list(ada.userId, room, true);
      else await conversations().enter(ada, room);
      const key = instance.get(ChatKeys, { strict: false }).conversationsOf(ada.userId);
      const held = proxy.hold(`zrem\r\n$${Buffer.byteLength(key)}\r\n${key}`);
      await Promise.all([
        step(ada, room),
        held.then(async (letGo) => {
          await moderation().invite(DEE, { conversationId: room, userId: ada.userId });
          letGo();
        }),
      ]);
      expect(await listedOf(ada)).toContain(room);
    },
  );

  it('[CHAT4] a join that is refused takes no place in it', async () => {
    const ada = await somebody();
    const closed = ['room:closed a', 'room:closed b'];
    for (const name of closed) {
      await moderation().create(DEE, { name: name.slice('room:'.length), isOpen: true });
      await moderation().close(DEE, { conversationId: name, isClosed: true });
      await expect(conversations().enter(ada, name)).rejects.toMatchObject({ code: 'CHAT_CLOSED' });
    }
    expect(await conversations().idsOf(ada)).toEqual(['broadcast:passengers']);
    for (const id of [LOBBY_ID, 'room:list a']) await conversations().enter(ada, id);
    expect(await listedOf(ada)).toEqual([LOBBY_ID, 'room:list a']);
  });
});
