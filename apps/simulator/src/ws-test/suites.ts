import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientEnvironment } from '#libs/config';
import { checkAdmin } from './admin-check.js';
import { checkChat } from './chat-check.js';
import { type Say, CheckSocket } from './check-socket.js';
import { checkDriver } from './driver-check.js';
import { targetOf } from './target.js';
import { checkTripFlow } from './trips/trip-flow-check.js';
import { checkTripPassenger } from './trips/trip-passenger-check.js';

/** Checks of a started server, by the name on the command line; each throws CheckFailure. */
const suites: Record<string, (env: ClientEnvironment, say: Say) => Promise<void>> = {
  general: checkGeneral,
  driver: checkDriver,
  admin: checkAdmin,
  chat: checkChat,
  'trip:passenger': checkTripPassenger,
  'trip:flow': checkTripFlow,
};

export const SUITE_NAMES = Object.keys(suites);

export function suiteOf(
  name: string | undefined,
): ((env: ClientEnvironment, say: Say) => Promise<void>) | undefined {
  return name === undefined ? undefined : suites[name];
}

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
