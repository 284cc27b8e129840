import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ChannelFeed, type ChannelListener } from '#libs/channels';
import { RequestError, type CursorFrame, type CursorMoveDto } from '#libs/contracts';
import { FirstTrace, Tracing } from '#libs/observability';
import { encodeEvent, sendEncoded, type EncodedEvent } from '../socket/engine/send-packet.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import {
  FrameLoops,
  type FrameLoop,
  type Show,
  type Viewer,
} from '../socket/sending/frame-loop.js';
import { CursorBoard, type PointerMove } from './cursor-board.js';

/** The board of all dispatchers. */
export const DESK = { boardId: 'desk', channelId: 'desk' } as const;

/** Somebody who may see and move pointers on a board. */
interface Member extends Viewer {
  readonly open: OpenBoard;
  /** That of the account; undefined until it moves its pointer. */
  name: string | undefined;
  needsReset: boolean;
}

/** A board while somebody of this instance is on it. */
interface OpenBoard {
  readonly channelId: string;
  readonly board: CursorBoard;
  readonly members: Map<RealtimeSocket, Member>;
  /** What the other instances are to be told with the next frame. */
  readonly moved: Map<string, PointerMove>;
  readonly left: Set<string>;
  /** Of what they are to be told. */
  readonly cause: FirstTrace;
  /** Only those who have missed a frame are still waited for. */
  isResting: boolean;
  /** When the last frame was made, epoch ms. */
  shownAt: number;
  readonly listener: ChannelListener<unknown>;
  followed: Promise<void>;
  /** The channel could not be followed: the next who joins tries again. */
  hasFailed: boolean;
}

/** What instances tell each other, once a frame of a board. */
interface CursorNews {
  cursors: {
    from: string;
    moved?: PointerMove[];
    left?: string[];
    /** The instance has just come: it wants to know all pointers. */
    asks?: true;
  };
}

/** 20 frames a second at most ... */
const TICK_MS = 50;
/** ... and fewer on a board of many, so that it costs an instance no more frames than this. */
const MAX_FRAMES_PER_SECOND = 4_000;

/**
 * Shows the members of a board each other's pointers. A frame is made and encoded once for all
 * members here, and told once to the other instances. Nothing is kept in Redis: what is lost is
 * made up for by the next move.
 */
@Injectable()
export class Cursors {
  private readonly instanceId = randomUUID();
  private readonly boards = new Map<string, OpenBoard>();
  /** Boards with pointers, or with members who have yet to learn that there are none. */
  private readonly awake = new Set<OpenBoard>();
  private readonly loop: FrameLoop<Member>;

  constructor(
    private readonly feed: ChannelFeed,
    private readonly tracing: Tracing,
    loops: FrameLoops,
  ) {
    this.loop = loops.open({
      name: 'showing pointers',
      tickMs: TICK_MS,
      behindBytes: 64 * 1024,
      caughtUpBytes: 8 * 1024,
      look: (_due, now) => this.look(now),
      startOver: (member) => void (member.needsReset = true),
      miss: (member) => void (member.needsReset = true),
    });
  }

  /**
   * Whoever calls it has checked that the socket may be there.
   * @param channelId what instances tell each other of the board by
   * @throws RequestError REDIS_UNAVAILABLE; `leave` is to be called all the same
   */
  async join(socket: RealtimeSocket, boardId: string, channelId: string): Promise<void> {
    const open = this.boards.get(boardId) ?? this.open(boardId, channelId);
    if (open.members.has(socket)) return;
    const needsReset = this.awake.has(open);
    const member: Member = { socket, open, name: undefined, needsReset, isBehind: false };
    open.members.set(socket, member);
    if (needsReset) this.loop.add(member);
    if (open.hasFailed) open.followed = this.follow(open);
    await open.followed;
  }

  async leave(socket: RealtimeSocket, boardId: string): Promise<void> {
    const open = this.boards.get(boardId);
    const member = open?.members.get(socket);
    if (!open || !member) return;
    const { userId } = socket.data.principal;
    open.members.delete(socket);
    this.loop.delete(member);
    if (open.board.remove(userId, socket)) {
      open.moved.delete(userId);
      open.left.add(userId);
    }
    if (open.members.size > 0) return;
    this.boards.delete(boardId);
    this.awake.delete(open);
    this.tellOthers(open);
    await this.feed.leave(open.channelId, open.listener);
  }

  /**
   * A member has moved its pointer.
   * @param nameOf the display name of its account; asked once a member
   * @throws RequestError NOT_FOUND for one that is no member
   */
  move(
    socket: RealtimeSocket,
    boardId: string,
    point: CursorMoveDto,
    nameOf: () => Promise<string>,
  ): void | Promise<void> {
    const member = this.boards.get(boardId)?.members.get(socket);
    if (!member) throw new RequestError('NOT_FOUND', { message: 'You are not on this board.' });
    const { name } = member;
    if (name !== undefined) {
      this.place(member, name, point);
      return undefined;
    }
    return nameOf().then((found) => {
      member.name = found;
      this.place(member, found, point);
    });
  }

  private open(boardId: string, channelId: string): OpenBoard {
    const open: OpenBoard = {
      channelId,
      board: new CursorBoard(boardId),
      members: new Map(),
      moved: new Map(),
      left: new Set(),
      cause: new FirstTrace(this.tracing),
      isResting: false,
      shownAt: 0,
      listener: {
        entry: () => undefined,
        passing: (message) => this.receive(open, message),
        restored: () => this.ask(open),
      },
      followed: Promise.resolve(),
      hasFailed: false,
    };
    open.followed = this.follow(open);
    this.boards.set(boardId, open);
    return open;
  }

  private async follow(open: OpenBoard): Promise<void> {
    open.hasFailed = false;
    try {
      await this.feed.follow(open.channelId, open.listener);
    } catch (error) {
      open.hasFailed = true;
      throw error;
    }
    this.ask(open);
  }

  private place(member: Member, name: string, { x, y }: CursorMoveDto): void {
    const { socket, open } = member;
    // It may have left while its name was looked up.
    if (open.members.get(socket) !== member) return;
    const { userId } = socket.data.principal;
    const pointer = { userId, name, x, y };
    if (!open.board.move(pointer, socket, Date.now())) return;
    open.moved.set(userId, pointer);
    open.left.delete(userId);
    open.cause.note();
    this.wake(open);
  }

  private wake(open: OpenBoard): void {
    if (this.awake.has(open) && !open.isResting) return;
    this.awake.add(open);
    open.isResting = false;
    for (const member of open.members.values()) this.loop.add(member);
  }

  private look(now: number): Show<Member> {
    const frames = new Map<OpenBoard, BoardFrames>();
    for (const open of this.awake) {
      const { board, members } = open;
      board.expire(now);
      if (now - open.shownAt < (members.size * 1_000) / MAX_FRAMES_PER_SECOND) continue;
      open.shownAt = now;
      this.tellOthers(open);
      if (board.isBlank) this.rest(open);
      frames.set(open, new BoardFrames(board));
    }
    return (member) => {
      const frame = frames.get(member.open);
      if (!frame) return;
      const { conn, nsp } = member.socket;
      const event = member.needsReset ? frame.whole(nsp.name) : frame.change(nsp.name);
      member.needsReset = false;
      if (event) sendEncoded(conn, event);
    };
  }

  /** Nobody needs to be told anything but those who have missed a frame. */
  private rest(open: OpenBoard): void {
    let waiting = 0;
    open.isResting = true;
    for (const member of open.members.values()) {
      if (member.needsReset || member.isBehind) waiting += 1;
      else this.loop.delete(member);
    }
    if (waiting === 0) this.awake.delete(open);
  }

  private tellOthers({ channelId, moved, left, cause }: OpenBoard): void {
    if (moved.size === 0 && left.size === 0) return;
    const news: CursorNews = {
      cursors: { from: this.instanceId, moved: [...moved.values()], left: [...left] },
    };
    moved.clear();
    left.clear();
    this.feed.tell(channelId, news, cause.take());
  }

  private ask({ channelId }: OpenBoard): void {
    const news: CursorNews = { cursors: { from: this.instanceId, asks: true } };
    this.feed.tell(channelId, news);
  }

  private receive(open: OpenBoard, message: object): void {
    if (!isCursorNews(message)) return;
    const { from, moved = [], left = [], asks } = message.cursors;
    if (from === this.instanceId) return;
    const now = Date.now();
    for (const pointer of moved) open.board.move(pointer, from, now);
    for (const userId of left) open.board.remove(userId, from);
    if (asks) {
      for (const { socket } of open.members.values()) {
        const pointer = open.board.pointerOf(socket.data.principal.userId, socket);
        if (pointer) open.moved.set(pointer.userId, pointer);
      }
    }
    if (moved.length > 0) this.wake(open);
  }
}

/** The frames of one board and tick, each encoded when it is first needed and once. */
class BoardFrames {
  private readonly changed: CursorFrame | undefined;
  private readonly changes = new Map<string, EncodedEvent>();
  private readonly wholes = new Map<string, EncodedEvent>();

  constructor(private readonly board: CursorBoard) {
    this.changed = board.hasChanged ? board.takeChange() : undefined;
  }

  /** Undefined when nothing has changed. */
  change(namespace: string): EncodedEvent | undefined {
    const { changed } = this;
    return changed && encodedOnce(this.changes, namespace, () => changed);
  }

  whole(namespace: string): EncodedEvent {
    return encodedOnce(this.wholes, namespace, () => this.board.whole());
  }
}

function encodedOnce(
  encoded: Map<string, EncodedEvent>,
  namespace: string,
  frame: () => CursorFrame,
): EncodedEvent {
  let event = encoded.get(namespace);
  if (!event) encoded.set(namespace, (event = encodeEvent(namespace, 'cursor:frame', frame())));
  return event;
}

function isCursorNews(message: object): message is CursorNews {
  return 'cursors' in message;
}
