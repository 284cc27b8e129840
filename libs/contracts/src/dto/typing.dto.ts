import { conversationIn, LOBBY_ID } from '../conversation.js';
import { RequestError } from '../error-codes.js';
import { readFlag } from './field-decorators.js';

/** `chat:typing`: with each keystroke, or less often; it is over 2 s later by itself. */
export class ChatTypingDto {
  conversationId: string;
  isTyping: boolean;

  /** @throws RequestError VALIDATION_FAILED */
  static parse(raw: unknown): ChatTypingDto {
    return Object.assign(new ChatTypingDto(), {
      conversationId: conversationIn(raw),
      isTyping: readIsTyping(raw),
    });
  }
}

/** `typing` of the older chat: in the lobby, or in a room that it names. */
export class OldTypingDto extends ChatTypingDto {
  /** @throws RequestError VALIDATION_FAILED */
  static override parse(raw: unknown): OldTypingDto {
    const { room } = (raw ?? {}) as { room?: unknown };
    return Object.assign(new OldTypingDto(), {
      conversationId: room === undefined || room === null ? LOBBY_ID : conversationIn(raw),
      isTyping: readIsTyping(raw),
    });
  }
}

/** Also as the bare flag; true where nothing is said. */
function readIsTyping(raw: unknown): boolean {
  const named =
    typeof raw === 'object' && raw !== null ? (raw as { isTyping?: unknown }).isTyping : raw;
  const flag = named === undefined || named === null ? true : readFlag(named);
  if (typeof flag === 'boolean') return flag;
  throw new RequestError('VALIDATION_FAILED', { details: ['isTyping must be true or false'] });
}
