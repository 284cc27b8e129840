import { type ClientEnvironment } from '#libs/config';
import { Namespace, type PersonPresence, type TrackedLocation } from '#libs/contracts';
import { CheckFailure, short } from '../check-socket.js';
import { type Checklist } from '../checklist.js';
import { type PeopleScene } from './scene.js';
import { expectAnswer, type Said } from './seed-client.js';

/** PRESENCE_GRACE, and some. */
const LEAVING_DEADLINE_MS = 20_000;

/** Who is there, for those who may see it. */
export async function checkPresence(list: Checklist, scene: PeopleScene): Promise<void> {
  const userId = await scene.idOf(scene.passenger);
  const desk = await scene.open(Namespace.admin, scene.admin);
  const phone = await scene.open(Namespace.chat, scene.passenger);
  await list.step('a dispatcher is told that the passenger is online, then away', async () => {
    const answer = await desk.ask('presence:subscribe', { userIds: [userId] });
    const { people } = answer['data'] as { people: PersonPresence[] };
    if (people[0]?.userId !== userId) throw new CheckFailure(`It was told of ${short(people)}.`);
    if (people[0].status === 'offline')
      await desk.hears('presence:changed', { userId, status: 'online' });
    await phone.ask('presence:set', { away: true });
    const isAway = ({ devices }: PersonPresence) => devices.some(({ status }) => status === 'away');
    await desk.until(
      () => (desk.told('presence:changed') as PersonPresence[]).find(isAway),
      'no presence:changed of a device that is away came',
    );
  });
  await list.step('a stranger is shown nothing', async () => {
    const stranger = await scene.open(Namespace.chat, scene.driver);
    const answer = await stranger.ask('presence:subscribe', { userIds: ['nobody-at-all'] });
    const { hidden } = answer['data'] as { hidden: string[] };
    if (hidden.join() !== 'nobody-at-all') throw new CheckFailure(`hidden is ${short(hidden)}.`);
    stranger.close();
  });
  for (const client of [desk, phone]) client.close();
}

/** People see where those of their groups are, and an admin where everybody is. */
export async function checkTracking(
  list: Checklist,
  scene: PeopleScene,
  { TEST_LAT: lat, TEST_LNG: lng }: ClientEnvironment,
): Promise<void> {
  const userId = await scene.idOf(scene.passenger);
  const [phone, desk] = await list.step('both are told where all are', async () => {
    const both = [
      await scene.open(Namespace.tracking, scene.passenger),
      await scene.open(Namespace.tracking, scene.admin),
    ] as const;
    for (const client of both)
      await client.until(() => client.told('initialLocations')[0], 'no initialLocations came');
    return both;
  });
  await list.step('a position reaches its owner and the dispatcher', async () => {
    phone.emit('locationUpdate', { userId, lat, lng, timestamp: Date.now() });
    for (const client of [phone, desk])
      await client.hears('locationBroadcast', { userId, lat, lng });
  });
  await list.step('another id than the own is refused', async () => {
    const answer = await phone.ask('locationUpdate', { userId: 'somebody-else', lat, lng });
    expectAnswer(answer, { ok: false });
  });
  await list.step('the text of events comes back', async () => {
    phone.emit('events', 'broadcasting...');
    await phone.hears('events', 'broadcasting...');
  });
  await list.step('who disconnects leaves the map', async () => {
    phone.close();
    await desk.hears('userDisconnected', { userId }, LEAVING_DEADLINE_MS);
    const places = desk.told('initialLocations').flat() as TrackedLocation[];
    if (places.some((place) => typeof place.lat !== 'number'))
      throw new CheckFailure('A place in initialLocations has no latitude.');
  });
  desk.close();
}

/** How many people look at a page, guests included. */
export async function checkVisitors(
  list: Checklist,
  scene: PeopleScene,
  run: string,
): Promise<void> {
  const blogId = parseInt(run, 16);
  const [ann, bob] = [await scene.open(Namespace.visitors), await scene.open(Namespace.visitors)];
  await list.step('two guests who look at a blog are counted and told', async () => {
    ann.emit('blogLiveCounts', JSON.stringify({ blog_id: blogId }));
    await ann.hears('liveCountsSingleBlog', 1);
    bob.emit('blogLiveCounts', { blog_id: String(blogId) });
    for (const client of [ann, bob]) await client.hears('liveCountsSingleBlog', 2);
  });
  await list.step('a page of present clients is counted, and who leaves is not', async () => {
    const page = `check-${run}`;
    for (const client of [ann, bob]) await client.ask('page:visit', { page });
    await ann.hears('page:visitors', { page, visitors: 2 });
    await bob.ask('page:leave', {});
    await ann.until(() => {
      const last = ann.told('page:visitors').at(-1) as Said | undefined;
      return last?.['page'] === page && last['visitors'] === 1 ? last : undefined;
    }, 'the count did not go down to 1');
  });
  for (const client of [ann, bob]) client.close();
}

/** What a dispatcher sends to one person, kept until it is seen. */
export async function checkNotifications(
  list: Checklist,
  scene: PeopleScene,
  run: string,
): Promise<void> {
  const userId = await scene.idOf(scene.passenger);
  const title = `check ${run}`;
  const phone = await scene.open(Namespace.chat, scene.passenger);
  const { id } = await list.step('a notification reaches the person, not another', async () => {
    const other = await scene.open(Namespace.chat, scene.driver);
    const body = { audience: 'user', userId, title };
    await scene.rest('POST', 'admin/notifications', scene.admin, body);
    const notification = await phone.hears('notification', { title });
    if (other.told('notification').some((each) => (each as Said)['title'] === title))
      throw new CheckFailure('The driver was told as well.');
    other.close();
    return notification;
  });
  await list.step('it waits for a device that comes later, until it is seen', async () => {
    const later = await scene.open(Namespace.passengers, scene.passenger);
    await later.hears('notification', { id });
    expectAnswer(await phone.ask('notification:seen', id), { ok: true });
    await later.until(() => later.told('notification:seen')[0], 'no notification:seen came');
    later.close();
  });
  phone.close();
}

/** Somebody without an account follows a trip by its link, until that is revoked. */
export async function checkShareLink(
  list: Checklist,
  scene: PeopleScene,
  tripId: string,
  drive: () => Promise<void>,
): Promise<void> {
  const path = `trips/${tripId}/shares`;
  const { id, token } = await list.step('the passenger makes a link', () =>
    scene.rest('POST', path, scene.passenger, {}),
  );
  const guest = await list.step('a guest with the link sees the trip and the car', async () => {
    const opened = await scene.openWith(Namespace.tracking, { share: String(token) });
    await opened.until(() => opened.told('share:trip')[0], 'no share:trip came');
    await drive();
    await opened.until(() => opened.told('share:position')[0], 'no share:position came');
    return opened;
  });
  await list.step('a guest can do nothing else', async () => {
    const answer = await guest.ask('locationUpdate', { lat: 1, lng: 1 });
    expectAnswer(answer, { ok: false });
  });
  await list.step('when the link is revoked the guest is sent away', async () => {
    await scene.rest('DELETE', `${path}/${String(id)}`, scene.passenger);
    await guest.until(() => !guest.isOpen || undefined, 'it was not sent away');
  });
}
