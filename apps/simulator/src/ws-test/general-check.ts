import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientEnvironment } from '#libs/config';
import { CheckSocket, type Say } from './check-socket.js';
import { targetOf } from './target.js';

/** Any namespace: connects, is greeted, says every event that comes. */
export async function checkGeneral(env: ClientEnvironment, say: Say): Promise<void> {
  const given = targetOf(env, env.NAMESPACE);
  const target = env.ACCESS_TOKEN ? { ...given, token: env.ACCESS_TOKEN } : given;
  const socket = await CheckSocket.open(target, say, (opened) => opened.print());
  try {
    say(`listening for ${env.SECONDS} s`);
    await sleep(env.SECONDS * 1_000);
    socket.assertAlive();
  } finally {
    socket.close();
  }
}
