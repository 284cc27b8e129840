import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { MAX_ROOM_NAME, readConversationId } from '../conversation.js';
import { ID_PATTERN } from '../principal.js';
import { DecimalText, Flag, MadeId, PlainText } from './field-decorators.js';

/** The most that CHAT_MAX_TEXT can allow, in characters. */
export const LONGEST_CHAT_TEXT = 10_000;
/** Messages of one page of history. */
export const MAX_CHAT_PAGE = 100;
const MAX_MENTIONS = 20;

function Version(min: number): PropertyDecorator {
  return (target, property) => {
    for (const decorate of [DecimalText(), IsInt(), Min(min), Max(Number.MAX_SAFE_INTEGER)])
      decorate(target, property);
  };
}

/** A conversation by its id, in its one spelling. */
export class ConversationDto {
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && value.length <= 1_000
      ? (readConversationId(value)?.id ?? null)
      : null,
  )
  @IsString({
    message:
      'conversationId must be lobby, room:<name>, trip:<trip id>, direct:<user id>:<user id> or broadcast:<id>',
  })
  conversationId: string;

  /** Some clients send the bare id. */
  static fromText(conversationId: string): Record<string, unknown> {
    return { conversationId };
  }
}

/** `chat:open`: the conversation with a person, or of a trip. */
export class ChatOpenDto {
  @IsOptional()
  @Matches(ID_PATTERN, { message: 'userId must be an id' })
  userId?: string | null;

  @IsOptional()
  @MadeId('tripId must be an id')
  tripId?: string | null;
}

/** `chat:join`: with the number of the last event that the client saw. */
export class ChatJoinDto extends ConversationDto {
  @IsOptional()
  @Version(0)
  version?: number | null;
}

/** `chat:send` */
export class ChatSendDto extends ConversationDto {
  /** Whoever sends a message again under its name sends the same message. */
  @Matches(/^[\w.:-]{1,64}$/, {
    message: 'clientMessageId must have 1 to 64 letters, digits, _ . : and -',
  })
  clientMessageId: string;

  @IsOptional()
  @PlainText({ max: LONGEST_CHAT_TEXT })
  text?: string | null;

  /** `{url, type, size, name?}`; the service checks it. */
  @IsOptional()
  @IsObject()
  attachment?: Record<string, unknown> | null;

  /** Version of the message that this one answers. */
  @IsOptional()
  @Version(1)
  replyTo?: number | null;

  /** Ids of members who are named. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_MENTIONS)
  @Matches(ID_PATTERN, { each: true, message: 'each of mentions must be an id' })
  mentions?: string[] | null;
}

/** `chat:history`: a page of messages, backwards. */
export class ChatHistoryDto extends ConversationDto {
  /** Only messages with a lower version; without it the newest. */
  @IsOptional()
  @Version(1)
  before?: number | null;

  @IsOptional()
  @DecimalText()
  @IsInt()
  @Min(1)
  @Max(MAX_CHAT_PAGE)
  limit?: number | null;
}

/** `chat:mark`: how far the caller has got; a version below the present mark changes nothing. */
export class ChatMarkDto extends ConversationDto {
  @IsOptional()
  @Version(0)
  delivered?: number | null;

  /** What was read has come as well. */
  @IsOptional()
  @Version(0)
  read?: number | null;
}

/** `chat:delete`: a message by its version. */
export class ChatMessageDto extends ConversationDto {
  @Version(1)
  version: number;
}

/** `chat:edit` */
export class ChatEditDto extends ChatMessageDto {
  @PlainText({ min: 1, max: LONGEST_CHAT_TEXT })
  text: string;
}

/** `chat:create`: a room. */
export class ChatCreateDto {
  @PlainText({ min: 1, max: MAX_ROOM_NAME, line: true })
  name: string;

  /** Whether everybody may join; by default only those who are invited. */
  @IsOptional()
  @Flag()
  isOpen?: boolean | null;

  /** Who is in it from the first moment on. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @Matches(ID_PATTERN, { each: true, message: 'each of userIds must be an id' })
  userIds?: string[] | null;
}

/** `chat:invite` and `chat:remove` */
export class ChatMemberDto extends ConversationDto {
  @Matches(ID_PATTERN, { message: 'userId must be an id' })
  userId: string;
}

const LONGEST_MUTE_SECONDS = 366 * 24 * 60 * 60;

/** `chat:mute` */
export class ChatMuteDto extends ChatMemberDto {
  /** 0 lets the member write again. */
  @DecimalText()
  @IsInt()
  @Min(0)
  @Max(LONGEST_MUTE_SECONDS)
  seconds: number;
}

/** `chat:close` */
export class ChatCloseDto extends ConversationDto {
  /** False opens it again. */
  @IsOptional()
  @Flag()
  isClosed?: boolean | null;

  /** For the members to read. */
  @IsOptional()
  @PlainText({ min: 1, max: 300 })
  reason?: string | null;
}
