import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchContext } from '../bench-context.js';
import { driverIdOf } from '../load/fix-track.js';
import { runLoad } from '../load/load-process.js';
import { usageOf } from '../process-usage.js';
import { type ServerKind } from '../servers/server-kind.js';
import { untilIdle } from '../servers/until-idle.js';
import { startPrepared } from './prepared-server.js';

export interface Memory {
  rssBytes: number;
  heapUsedBytes: number;
}

export interface IdleMeasurement {
  kind: ServerKind;
  problems: string[];
  empty: Memory;
  steps: { connections: number; memory: Memory }[];
  /** After each time that all have left. */
  rounds: Memory[];
}

/** What the allocator gives back it gives back a moment later. */
const AFTER_COLLECTION_MS = 300;

/** Fills one server up to each step, empties it, and fills and empties it some more times. */
export async function measureIdle(
  context: BenchContext,
  kind: ServerKind,
  steps: readonly number[],
  moreRounds: number,
): Promise<IdleMeasurement> {
  const driverIds = Array.from({ length: steps.at(-1)! }, (_, number) => driverIdOf(number));
  const { server, auths, readyEvent } = await startPrepared(context, kind, driverIds);
  const memory = async (): Promise<Memory> => {
    await untilIdle(server.process.pid);
    await server.process.ask('collect');
    await sleep(AFTER_COLLECTION_MS);
    const { heapUsedBytes } = await server.process.ask('collect');
    return { rssBytes: usageOf(server.process.pid).rssBytes, heapUsedBytes };
  };
  try {
    const empty = await memory();
    const measured: IdleMeasurement = { kind, problems: [], empty, steps: [], rounds: [] };
    const { problems } = await runLoad(
      {
        kind: 'idle',
        isSocketIo: server.isSocketIo,
        port: server.port,
        auths,
        ...readyEvent,
        steps: [...steps],
        moreRounds,
      },
      async (checkpoint) => {
        if (checkpoint === 'empty') {
          measured.rounds.push(await memory());
        } else if (measured.steps.length < steps.length) {
          const connections = steps[measured.steps.length]!;
          measured.steps.push({ connections, memory: await memory() });
        }
      },
    );
    return { ...measured, problems };
  } finally {
    await server.process.stop();
  }
}
