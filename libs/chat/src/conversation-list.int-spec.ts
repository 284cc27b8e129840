import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { directConversationId, LOBBY_ID } from '#libs/contracts';
import { startModules, testEnvironment } from '#libs/testing';
import { type ChatCaller } from './chat-access.js';
import { ChatModule } from './chat.module.js';
import { ConversationsService } from './conversations.service.js';
import { ModerationService } from './moderation.service.js';

const DEE = { userId: 'dee', userType: 'admin' } as const;

describe('the list of the conversations of a person', () => {
  let instance: TestingModule;
  let people = 0;

  beforeAll(async () => {
    instance = await startModules(testEnvironment({ CHAT_MAX_CONVERSATIONS: '2' }), [ChatModule]);
    await instance.get(AccountsService, { strict: false }).create({ id: 'dee', userType: 'admin' });
  });
  afterAll(() => instance?.close());

  const conversations = () => instance.get(ConversationsService, { strict: false });
  const moderation = () => instance.get(ModerationService, { strict: false });
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
