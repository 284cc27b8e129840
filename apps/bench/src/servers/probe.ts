import { subscribe } from 'node:diagnostics_channel';
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { type Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type ProbeAnswer, type ProbeRequest } from './probe-messages.js';

/**
 * Loaded into every server under test with --import: answers questions that cannot be asked from
 * outside, and ends the server with the benchmark.
 */
const LOOP_RESOLUTION_MS = 10;
const loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
loopDelay.enable();
const outgoing: Socket[] = [];
subscribe('net.client.socket', (message) => {
  outgoing.push((message as { socket: Socket }).socket);
});
let profiler: Session | undefined;

process.once('disconnect', () => process.exit(1));
process.on('message', (request: ProbeRequest) => {
  void answer(request).then((reply) => process.send?.(reply));
});
// Peers that fail to start must not be kept by the channel.
process.channel?.unref();

async function answer({ kind, id, path }: ProbeRequest): Promise<ProbeAnswer> {
  if (kind === 'reset') loopDelay.reset();
  if (kind === 'collect') globalThis.gc?.();
  if (kind === 'profile') await startProfile();
  if (kind === 'save-profile' && path) await saveProfile(path);
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    id,
    rssBytes: rss,
    heapUsedBytes: heapUsed,
    externalBytes: external,
    bytesReadFrom: bytesBy(({ bytesRead }) => bytesRead),
    bytesWrittenTo: bytesBy(({ bytesWritten }) => bytesWritten),
    loopDelayMs: {
      p50: lateBy(loopDelay.percentile(50)),
      p99: lateBy(loopDelay.percentile(99)),
      max: lateBy(loopDelay.max),
    },
  };
}

/** Node counts the interval itself in. */
function lateBy(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - LOOP_RESOLUTION_MS);
}

/** By the port of the other side: what each instance and Redis say to each other cannot be asked of Redis. */
function bytesBy(count: (socket: Socket) => number): Record<string, number> {
  const bytes: Record<string, number> = {};
  for (const socket of outgoing) {
    const { remotePort } = socket;
    if (remotePort !== undefined) bytes[remotePort] = (bytes[remotePort] ?? 0) + count(socket);
  }
  return bytes;
}

async function startProfile(): Promise<void> {
  profiler = new Session();
  profiler.connect();
  await profiler.post('Profiler.enable');
  await profiler.post('Profiler.setSamplingInterval', { interval: 200 });
  await profiler.post('Profiler.start');
}

async function saveProfile(path: string): Promise<void> {
  const stopped = await profiler?.post('Profiler.stop');
  if (stopped) await writeFile(path, JSON.stringify(stopped.profile));
  profiler?.disconnect();
}
