import { setTimeout as sleep } from 'node:timers/promises';
import { type CursorFrame } from '#libs/contracts';
import { DelayHistogram } from '#libs/observability';
import { quantilesOf, type Quantiles } from '../quantiles.js';
import { type Checkpoint } from './checkpoint.js';
import { joinRoom, ROOM, type RoomMember, type RoomPlan } from './room-members.js';
import { UsageWindow, type WindowUsage } from './usage-window.js';

/** Everybody in a room moves the pointer, all the time. */
export interface PointersScenario extends RoomPlan {
  kind: 'pointers';
  /** Of each member. */
  perSecond: number;
}

export interface PointersResult extends WindowUsage {
  problems: string[];
  moves: number;
  /** What one member gets a second, and how large a frame is. */
  framesPerSecond: number;
  bytesPerSecond: number;
  bytesPerFrame: number;
  /** From a move to the frame that shows it or a newer one, as one member sees it. */
  shownMs: Quantiles;
}

const SETTLE_MS = 500;
const FRAME = Buffer.from('["cursor:frame"');

export async function runPointers(
  scenario: PointersScenario,
  checkpoint: Checkpoint,
): Promise<PointersResult> {
  const { perSecond, warmUpMs, measureMs, observed } = scenario;
  const problems = new Set<string>();
  const members = await joinRoom(scenario, (what) => problems.add(what));
  const shown = new DelayHistogram();
  const startedAt = performance.now();
  let frames = 0;
  let largest = 0;
  for (const member of members) {
    member.onEvent = (bytes, at, end) => {
      if (bytes.compare(FRAME, 0, FRAME.length, at, at + FRAME.length) !== 0) return;
      frames += 1;
      if (member.number > 0) return;
      const [, frame] = JSON.parse(bytes.toString('utf8', at, end)) as [string, CursorFrame];
      largest = Math.max(largest, frame.moved?.length ?? 0);
      // A pointer is where it was at that time.
      const now = performance.now() - startedAt;
      for (const [, movedAt] of frame.moved ?? []) shown.record(now - movedAt);
    };
  }
  let moves = 0;
  const timers = members.map((member, i) =>
    startMoving(member, (i * 1_000) / perSecond / members.length, perSecond, () => {
      moves += 1;
      return performance.now() - startedAt;
    }),
  );
  await sleep(warmUpMs + SETTLE_MS);
  await checkpoint('begin');
  const bytesOf = () => members.reduce((sum, { bytesIn }) => sum + bytesIn, 0);
  const before = { bytes: bytesOf(), frames, moves };
  shown.clear();
  const window = new UsageWindow(observed);
  await sleep(measureMs);
  const usage = window.read();
  const after = { bytes: bytesOf(), frames, moves };
  await checkpoint('end');
  for (const stop of timers) stop();
  if (largest < members.length) problems.add(`a frame shows ${largest} pointers at most`);
  const each = members.length * usage.seconds;
  return {
    ...usage,
    problems: [...problems],
    moves: after.moves - before.moves,
    framesPerSecond: (after.frames - before.frames) / each,
    bytesPerSecond: (after.bytes - before.bytes) / each,
    bytesPerFrame: (after.bytes - before.bytes) / (after.frames - before.frames),
    shownMs: quantilesOf(shown),
  };
}

/** @returns what stops it */
function startMoving(
  member: RoomMember,
  delayMs: number,
  perSecond: number,
  moveNow: () => number,
): () => void {
  let interval: NodeJS.Timeout | undefined;
  const move = () => {
    const x = Math.round(moveNow() * 10) / 10;
    member.send(0, 'cursor:move', { conversationId: `room:${ROOM}`, x, y: member.number });
  };
  const timer = setTimeout(() => {
    interval = setInterval(move, 1_000 / perSecond);
  }, delayMs);
  return () => {
    clearTimeout(timer);
    clearInterval(interval);
  };
}
