import path from 'node:path';
import { profilePath } from '../arguments.js';
import { type BenchContext } from '../bench-context.js';
import { type RoomPlan } from '../load/room-members.js';
import { type WindowUsage } from '../load/usage-window.js';
import { benchEnvironment } from '../servers/bench-environment.js';
import { flush } from '../servers/empty-redis.js';
import { prepareUsers } from '../servers/prepared-users.js';
import { type ProbeAnswer } from '../servers/probe-messages.js';
import { ServerKind } from '../servers/server-kind.js';
import { startServer } from '../servers/start-server.js';
import { observedOf } from './ping-measurement.js';
import { OPEN_DOORS } from './prepared-server.js';

/** Few write here for many, faster than people do. */
const SETTINGS = {
  ...OPEN_DOORS,
  CHAT_MESSAGES: '1000000',
  WS_RATE_PER_SECOND: '1000',
  WS_RATE_BURST: '1000',
};

/** A load on one room of one server, and how that server did meanwhile. */
export interface RoomMeasurement<Result extends WindowUsage> {
  kind: ServerKind;
  members: number;
  result: Result;
  rssBytes: number;
  loopP99Ms: number;
}

/** Starts the server afresh on an empty Redis, lets a load run on a room of it, and ends it. */
export async function measureRoom<Result extends WindowUsage>(
  context: BenchContext,
  kind: ServerKind,
  members: number,
  load: (plan: RoomPlan, look: (checkpoint: string) => Promise<void>) => Promise<Result>,
): Promise<RoomMeasurement<Result>> {
  const environment = benchEnvironment(context.redisUrl, SETTINGS);
  const isRidewire = kind === ServerKind.ridewire;
  await flush(environment);
  const ids = Array.from({ length: members }, (_, i) => `bench-passenger-${i}`);
  const users = isRidewire ? await prepareUsers(environment.parsed, [], 0, ids) : undefined;
  const server = await startServer(kind, environment);
  const { warmUpMs, measureMs, profile } = context.arguments;
  const isProfiled = profile && isRidewire;
  let probe: ProbeAnswer | undefined;
  try {
    const plan: RoomPlan = {
      port: server.port,
      auths: users ? users.passengerTokens.map((token) => ({ token })) : ids.map((id) => ({ id })),
      speaks: isRidewire ? 'ridewire' : 'older chat',
      warmUpMs,
      measureMs,
      observed: observedOf([server], context.redisPid),
    };
    const result = await load(plan, async (checkpoint) => {
      const isFirst = checkpoint === 'begin';
      probe = await server.process.ask(isFirst ? 'reset' : 'read');
      if (!isProfiled) return;
      const file = path.resolve(profilePath(context.arguments, `room-of-${members}`));
      await (isFirst ? server.process.ask('profile') : server.process.ask('save-profile', file));
    });
    return {
      kind,
      members,
      result,
      rssBytes: probe!.rssBytes,
      loopP99Ms: probe!.loopDelayMs.p99,
    };
  } finally {
    await server.process.stop();
  }
}
