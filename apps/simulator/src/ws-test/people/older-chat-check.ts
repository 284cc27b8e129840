import { CheckFailure } from '../check-socket.js';
import { type Checklist } from '../checklist.js';
import { type PeopleScene } from './scene.js';
import { expectAnswer, type Said } from './seed-client.js';

/** Somebody whose last connection closed may come back before others are told: PRESENCE_GRACE, and some. */
const LEAVING_DEADLINE_MS = 20_000;

/** The lobby of the older chat: what a client of it sends, and what it is told. */
export async function checkLobby(list: Checklist, scene: PeopleScene, run: string): Promise<void> {
  const [ann, bob] = await list.step('both are welcomed and known by their names', async () => {
    const both = [
      await scene.open('/chat', scene.passenger),
      await scene.open('/chat', scene.driver),
    ] as const;
    for (const client of both) {
      await client.hears('welcome', {});
      await client.hears('authenticated', {});
    }
    return both;
  });
  const [annName, bobName] = await list.step(
    'they join, under the names of their accounts',
    async () => {
      const names: string[] = [];
      for (const client of [ann, bob]) {
        const answer = await client.ask('joinChat', { username: 'The Boss' });
        expectAnswer(answer, { success: true, ok: true });
        if (answer['username'] === 'The Boss')
          throw new CheckFailure('What it claimed was believed.');
        names.push(String(answer['username']));
      }
      return names as [string, string];
    },
  );
  await list.step('one hears the other come, and is told who is there', async () => {
    await ann.hears('userJoined', { username: bobName });
    const { users } = await bob.hears('onlineUsers', {});
    for (const name of [annName, bobName])
      if (!(users as string[]).includes(name)) throw new CheckFailure(`${name} is not there.`);
  });
  await list.step('a message reaches both', async () => {
    const message = `Good morning ${run}`;
    expectAnswer(await ann.ask('sendMessage', { message }), { success: true });
    for (const client of [ann, bob])
      await client.hears('newMessage', { username: annName, message });
  });
  await list.step('typing is shown, and goes by itself', async () => {
    bob.emit('typing', { isTyping: true });
    await ann.hears('userTyping', { username: bobName, isTyping: true });
    await ann.hears('userTyping', { username: bobName, isTyping: false });
  });
  await list.step('one hears the other leave', async () => {
    bob.close();
    await ann.hears('userLeft', { username: bobName }, LEAVING_DEADLINE_MS);
  });
  ann.close();
}

/** Rooms of clients that join by an object, on their older namespace. */
export async function checkOldRooms(
  list: Checklist,
  scene: PeopleScene,
  run: string,
): Promise<void> {
  const [room, other] = [`Harbour ${run}`, `Market ${run}`];
  const [ann, bob] = [
    await scene.open('/rooms', scene.passenger),
    await scene.open('/rooms', scene.driver),
  ];
  await list.step('both join a room', async () => {
    expectAnswer(await ann.ask('joinRoom', { room }), { success: true, room, members: 1 });
    expectAnswer(await bob.ask('joinRoom', { room }), { success: true, room, members: 2 });
    await ann.hears('userJoinedRoom', { room });
  });
  await list.step('a message reaches both, and who is in the room is told', async () => {
    const message = `Anchored ${run}`;
    expectAnswer(await bob.ask('sendRoomMessage', { room, message }), { success: true });
    for (const client of [ann, bob]) await client.hears('newRoomMessage', { room, message });
    const { memberCount, members } = await ann.ask('getRoomMembers', { room });
    if (memberCount !== 2 || (members as Said[]).length !== 2)
      throw new CheckFailure(`There are ${String(memberCount)} members, not 2.`);
  });
  await list.step(
    'who joins another room leaves the one before and hears nothing of it',
    async () => {
      await bob.ask('joinRoom', { room: other });
      await ann.hears('userLeftRoom', { room });
      expectAnswer(await bob.ask('sendRoomMessage', { room, message: 'x' }), { success: false });
      await ann.ask('sendRoomMessage', { room, message: 'Alone' });
      await ann.hears('newRoomMessage', { message: 'Alone' });
      if (bob.told('newRoomMessage').length > 1) throw new CheckFailure('It heard of it.');
      expectAnswer(await bob.ask('leaveRoom', { room: other }), { success: true });
    },
  );
  for (const client of [ann, bob]) client.close();
}

/** Clients that join by a bare name: the name of a room, `{room, text}`, and pointers of who is in it. */
export async function checkBareRooms(
  list: Checklist,
  scene: PeopleScene,
  run: string,
): Promise<void> {
  const room = `canvas ${run}`;
  const [ann, bob] = [
    await scene.open('/chat', scene.passenger),
    await scene.open('/chat', scene.driver),
  ];
  await list.step('both join by the bare name of a room', async () => {
    ann.emit('joinRoom', room);
    await ann.hears('userJoined', { message: 'Someone joined the room!' });
    bob.emit('joinRoom', room);
    await bob.hears('userJoined', { message: 'Someone joined the room!' });
  });
  await list.step('room and text reach both', async () => {
    bob.emit('sendMessage', { room, text: `Hello ${run}` });
    for (const client of [ann, bob]) await client.hears('newMessage', { text: `Hello ${run}` });
  });
  await list.step('one sees where the pointer of the other is', async () => {
    ann.emit('cursor:move', { room, x: 0.25, y: 0.5 });
    const isThere = () =>
      bob
        .told('cursor:frame')
        .flatMap((frame) => ((frame as Said)['moved'] ?? []) as number[][])
        .find(([, x, y]) => x === 0.25 && y === 0.5);
    await bob.until(isThere, 'no cursor:frame with the place came');
  });
  for (const client of [ann, bob]) client.close();
}
