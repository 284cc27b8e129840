import { type CursorFrame, type CursorPerson } from '#libs/contracts';

/** Somebody's pointer as the instances tell each other. */
export interface PointerMove {
  userId: string;
  name: string;
  x: number;
  y: number;
}

interface Pointer extends PointerMove {
  readonly id: number;
  /** Who moved it last: a socket of this instance, or the name of another instance. */
  mover: unknown;
  /** Epoch ms. */
  movedAt: number;
}

/** A pointer that rests for so long is shown no more. */
export const CURSOR_REST_MS = 10_000;
/** Pointers of one board; whoever comes later is not shown before another one rests or leaves. */
export const MAX_CURSORS = 250;

const COLORS = (
  'e6194b 3cb44b 4363d8 f58231 911eb4 008080 9a6324 800000 ' +
  '808000 000075 f032e6 0b84a5 6a4c93 c2185b 2e7d32 5d4037'
).split(' ');

/**
 * The pointers of the people on one board, a person once, wherever they come from. It knows what
 * has changed since the last frame, so that a frame is made once for everybody who looks.
 */
export class CursorBoard {
  private readonly pointers = new Map<string, Pointer>();
  private readonly moved = new Set<Pointer>();
  private readonly came = new Set<Pointer>();
  private left: number[] = [];
  private lastId = 0;

  constructor(readonly id: string) {}

  /** Whether no pointer is here, and everybody knows. */
  get isBlank(): boolean {
    return this.pointers.size === 0 && this.left.length === 0;
  }

  get hasChanged(): boolean {
    return this.moved.size > 0 || this.left.length > 0;
  }

  /** @returns whether it is shown */
  move({ userId, name, x, y }: PointerMove, mover: unknown, now: number): boolean {
    let pointer = this.pointers.get(userId);
    if (!pointer) {
      if (this.pointers.size >= MAX_CURSORS) return false;
      pointer = { id: (this.lastId += 1), userId, name, x, y, mover, movedAt: now };
      this.pointers.set(userId, pointer);
      this.came.add(pointer);
    }
    pointer.x = x;
    pointer.y = y;
    pointer.mover = mover;
    pointer.movedAt = now;
    this.moved.add(pointer);
    return true;
  }

  /** Its mover has gone. A pointer that somebody else has moved since, e.g. another device, stays. */
  remove(userId: string, mover: unknown): boolean {
    const pointer = this.pointers.get(userId);
    if (!pointer || pointer.mover !== mover) return false;
    this.take(pointer);
    return true;
  }

  /** Takes away pointers that have rested, whoever owns them. */
  expire(now: number): void {
    for (const pointer of this.pointers.values())
      if (now - pointer.movedAt >= CURSOR_REST_MS) this.take(pointer);
  }

  /** The pointer of a person, where this one moved it last. */
  pointerOf(userId: string, mover: unknown): PointerMove | undefined {
    const pointer = this.pointers.get(userId);
    if (!pointer || pointer.mover !== mover) return undefined;
    const { name, x, y } = pointer;
    return { userId, name, x, y };
  }

  /** What has changed since the last one. */
  takeChange(): CursorFrame {
    const frame: CursorFrame = { board: this.id };
    if (this.came.size > 0) frame.people = [...this.came].map(toPerson);
    if (this.moved.size > 0) frame.moved = [...this.moved].map(toMove);
    if (this.left.length > 0) frame.left = this.left;
    this.moved.clear();
    this.came.clear();
    this.left = [];
    // Nobody is shown any number any more.
    if (this.pointers.size === 0) this.lastId = 0;
    return frame;
  }

  /** All that is here, for somebody who knows nothing. To be asked after `takeChange`. */
  whole(): CursorFrame {
    const pointers = [...this.pointers.values()];
    return {
      board: this.id,
      reset: true,
      people: pointers.map(toPerson),
      moved: pointers.map(toMove),
    };
  }

  private take(pointer: Pointer): void {
    this.pointers.delete(pointer.userId);
    this.moved.delete(pointer);
    // One that came since the last frame is known to nobody.
    if (!this.came.delete(pointer)) this.left.push(pointer.id);
  }
}

function toPerson({ id, userId, name }: Pointer): CursorPerson {
  return { id, userId, name, color: colorOf(userId) };
}

function toMove({ id, x, y }: Pointer): [number, number, number] {
  return [id, x, y];
}

/** The same on every instance, without their having to agree. */
function colorOf(userId: string): string {
  let hash = 0;
  for (let i = 0; i < userId.length; i += 1) hash = (hash * 31 + userId.charCodeAt(i)) >>> 0;
  return `#${COLORS[hash % COLORS.length]}`;
}
