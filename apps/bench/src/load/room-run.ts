import { setTimeout as sleep } from 'node:timers/promises';
import { DelayHistogram } from '#libs/observability';
import { quantilesOf, type Quantiles } from '../quantiles.js';
import { type Checkpoint } from './checkpoint.js';
import { joinRoom, ROOM, type RoomMember, type RoomPlan } from './room-members.js';
import { UsageWindow, type WindowUsage } from './usage-window.js';

/** Members of a room write in turns, at a steady pace. */
export interface RoomScenario extends RoomPlan {
  kind: 'room';
  /** Messages of all members together. */
  perSecond: number;
  /** Members who type and move their pointers meanwhile; 0 where nobody can. */
  restless: number;
}

export interface RoomResult extends WindowUsage {
  problems: string[];
  messages: number;
  deliveries: number;
  ackMs: Quantiles;
  /** From sending to each member's having it. */
  toldMs: Quantiles;
  bytesPerDelivery: number;
}

const TICK_MS = 5;
/** Pointers move 30 times a second. */
const FIDGET_MS = 33;
const SETTLE_MS = 500;
/** For the last messages to come. */
const DEADLINE_MS = 5_000;
const LOOK_MS = 20;
const MAX_PROBLEMS = 5;
/** Marks the number of a message in its text. */
const MARK = Buffer.from('"@');
const ZERO = 48;

/** Every member, its writer included, must be told of every message once. */
export class RoomRun {
  private readonly problems = new Set<string>();
  private readonly answers = new DelayHistogram();
  private readonly told = new DelayHistogram();
  private readonly sentAt: number[] = [];
  private deliveries = 0;
  private startedAt = 0;

  constructor(
    private readonly scenario: RoomScenario,
    private readonly checkpoint: Checkpoint,
  ) {}

  async run(): Promise<RoomResult> {
    const { warmUpMs, measureMs, observed } = this.scenario;
    const members = await joinRoom(this.scenario, (what) => this.problem(what));
    const seen = members.map(() => new Set<number>());
    for (const member of members)
      member.onEvent = (bytes, at, end) => this.hear(member, seen, bytes, at, end);
    await sleep(SETTLE_MS);
    const timer = setInterval(() => this.writeDue(members), TICK_MS);
    const fidgeting = setInterval(() => this.fidget(members), FIDGET_MS);
    this.startedAt = performance.now();
    await sleep(warmUpMs);
    await this.checkpoint('begin');
    this.answers.clear();
    this.told.clear();
    this.deliveries = 0;
    const before = { messages: this.sentAt.length, bytes: bytesOf(members) };
    const window = new UsageWindow(observed);
    await sleep(measureMs);
    const usage = window.read();
    const { deliveries } = this;
    const messages = this.sentAt.length - before.messages;
    const bytes = bytesOf(members) - before.bytes;
    clearInterval(timer);
    clearInterval(fidgeting);
    await this.checkpoint('end');
    await this.untilAllAreTold(seen);
    return {
      ...usage,
      problems: [...this.problems],
      messages,
      deliveries,
      ackMs: quantilesOf(this.answers),
      toldMs: quantilesOf(this.told),
      bytesPerDelivery: bytes / deliveries,
    };
  }

  private writeDue(members: readonly RoomMember[]): void {
    const { perSecond, speaks } = this.scenario;
    const now = performance.now();
    while (this.sentAt.length < ((now - this.startedAt) * perSecond) / 1_000) {
      const number = this.sentAt.length;
      const member = members[number % members.length]!;
      const sentAt = performance.now();
      this.sentAt.push(sentAt);
      const text = `@${number} I am at the corner, two minutes`;
      const [event, payload] =
        speaks === 'ridewire'
          ? ['chat:send', { conversationId: `room:${ROOM}`, clientMessageId: `m${number}`, text }]
          : ['sendRoomMessage', { room: ROOM, username: 'bench', message: text }];
      member.send(number + 1, event as string, payload as object, () =>
        this.answers.record(performance.now() - sentAt),
      );
    }
  }

  private fidget(members: readonly RoomMember[]): void {
    const conversationId = `room:${ROOM}`;
    for (const member of members.slice(0, this.scenario.restless)) {
      const x = Math.round(performance.now());
      member.send(0, 'cursor:move', { conversationId, x, y: member.number });
      member.send(0, 'chat:typing', { conversationId });
    }
  }

  private hear(
    { number: reader }: RoomMember,
    seen: readonly Set<number>[],
    bytes: Buffer,
    start: number,
    end: number,
  ): void {
    let at = bytes.indexOf(MARK, start) + MARK.length;
    if (at < MARK.length || at >= end) return;
    let message = 0;
    for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[at]! - ZERO) {
      message = message * 10 + digit;
      at += 1;
    }
    if (seen[reader]!.has(message)) this.problem('a message came twice');
    seen[reader]!.add(message);
    this.deliveries += 1;
    this.told.record(performance.now() - this.sentAt[message]!);
  }

  private async untilAllAreTold(seen: readonly ReadonlySet<number>[]): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    const isTold = ({ size }: ReadonlySet<number>) => size === this.sentAt.length;
    while (!seen.every(isTold) && performance.now() < deadline) await sleep(LOOK_MS);
    const missing = seen.find((one) => !isTold(one));
    if (missing)
      this.problem(`a member was told ${missing.size} of ${this.sentAt.length} messages`);
  }

  private problem(what: string): void {
    if (this.problems.size < MAX_PROBLEMS) this.problems.add(what);
  }
}

function bytesOf(members: readonly RoomMember[]): number {
  return members.reduce((sum, { bytesIn }) => sum + bytesIn, 0);
}
