import { LOBBY_ID, MAX_ROOM_NAME, readConversationId } from '../conversation.js';
import { RequestError } from '../error-codes.js';
import { cleanText, MAX_BYTES_PER_CHARACTER } from '../text.js';
import { LONGEST_CHAT_TEXT } from './chat.dto.js';

/** A text of so many signs is too long, however few characters it has. */
const LONGEST_SENT = LONGEST_CHAT_TEXT * MAX_BYTES_PER_CHARACTER;
const CLIENT_MESSAGE_ID = /^[\w.:-]{1,64}$/;

function refused(detail: string): RequestError {
  return new RequestError('VALIDATION_FAILED', { details: [detail] });
}

const fieldsOf = (raw: unknown): Record<string, unknown> =>
  typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : {};

/** A room by its name: `{room}`, or the bare name. */
export class OldRoomDto {
  /** As the client spells it: facts and answers name it so. */
  room: string;
  conversationId: string;
  /** The bare name, as some older clients send it. */
  isBare: boolean;

  /** @throws RequestError VALIDATION_FAILED */
  static parse(raw: unknown): OldRoomDto {
    const isBare = typeof raw !== 'object' || raw === null;
    const sent: unknown = isBare ? raw : fieldsOf(raw)['room'];
    const room = typeof sent === 'number' ? String(sent) : sent;
    const name = typeof room === 'string' ? readConversationId(`room:${room}`) : undefined;
    if (!name) throw refused(`room must be a name of 1 to ${MAX_ROOM_NAME} characters`);
    return Object.assign(new OldRoomDto(), { room, conversationId: name.id, isBare });
  }
}

/** `sendMessage`: `{message}` to the lobby, `{room, text}` to a room, or the bare text. */
export class OldMessageDto {
  conversationId: string;
  text: string;
  /** Whoever sends a message again under its name sends the same message. */
  clientMessageId: string | undefined;

  /** @throws RequestError VALIDATION_FAILED */
  static parse(raw: unknown): OldMessageDto {
    const { room } = fieldsOf(raw);
    return readMessage(
      raw,
      room === undefined || room === null ? LOBBY_ID : OldRoomDto.parse({ room }).conversationId,
    );
  }
}

/** `sendRoomMessage` */
export class OldRoomMessageDto extends OldMessageDto {
  /** @throws RequestError VALIDATION_FAILED */
  static override parse(raw: unknown): OldRoomMessageDto {
    return readMessage(raw, OldRoomDto.parse({ room: fieldsOf(raw)['room'] }).conversationId);
  }
}

function readMessage(raw: unknown, conversationId: string): OldMessageDto {
  const fields = fieldsOf(raw);
  const sent = typeof raw === 'string' ? raw : (fields['message'] ?? fields['text']);
  if (typeof sent !== 'string' || sent.length > LONGEST_SENT)
    throw refused(`message must be a text of at most ${LONGEST_CHAT_TEXT} characters`);
  const { clientMessageId } = fields;
  const isNamed = typeof clientMessageId === 'string' && CLIENT_MESSAGE_ID.test(clientMessageId);
  return Object.assign(new OldMessageDto(), {
    conversationId,
    text: cleanText(sent),
    clientMessageId: isNamed ? clientMessageId : undefined,
  });
}
