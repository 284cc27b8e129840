import { conversationIn } from '../conversation.js';
import { parseDecimal } from '../decimal.js';
import { RequestError } from '../error-codes.js';

/** The farthest that a pointer may be, in whatever unit the pages of a board agree on. */
const MAX_COORDINATE = 1_000_000;
/** Frames say it to this part of the unit: a metre of degrees, a pixel of a page's width. */
const STEPS_PER_UNIT = 100_000;

/** `cursor:move`: where the pointer is. Read by hand: it comes 30 times a second from each person. */
export class CursorMoveDto {
  x: number;
  y: number;

  /** @throws RequestError VALIDATION_FAILED */
  static parse(raw: unknown): CursorMoveDto {
    const { x, y } = (raw ?? {}) as { x?: unknown; y?: unknown };
    const dto = new CursorMoveDto();
    dto.x = readCoordinate('x', x);
    dto.y = readCoordinate('y', y);
    return dto;
  }
}

/** `cursor:move` on /chat: in a room. */
export class ChatCursorMoveDto extends CursorMoveDto {
  conversationId: string;

  /** @throws RequestError VALIDATION_FAILED */
  static override parse(raw: unknown): ChatCursorMoveDto {
    const { x, y } = CursorMoveDto.parse(raw);
    return Object.assign(new ChatCursorMoveDto(), { x, y, conversationId: conversationIn(raw) });
  }
}

/** @throws RequestError VALIDATION_FAILED */
function readCoordinate(name: string, raw: unknown): number {
  const value = typeof raw === 'number' ? raw : parseDecimal(raw);
  if (value === undefined || !(Math.abs(value) <= MAX_COORDINATE)) {
    const detail = `${name} must be a number from -${MAX_COORDINATE} to ${MAX_COORDINATE}`;
    throw new RequestError('VALIDATION_FAILED', { details: [detail] });
  }
  return Math.round(value * STEPS_PER_UNIT) / STEPS_PER_UNIT + 0;
}
