import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { DecimalText, Flag } from './field-decorators.js';

/** `<box>-<version>`. */
const NOTIFICATION_ID = /^[a-z]{1,16}-[1-9]\d{0,15}$/;
/** Behind which a page begins: `<epoch ms>_<id>`. */
export const NOTIFICATION_PLACE = /^\d{1,16}_[a-z]{1,16}-\d{1,16}$/;

/** `{ids}`, `{id}` or an id; `{all: true}` for all. */
export class NotificationSeenDto {
  static fromText(text: string): Record<string, unknown> {
    return { ids: [text] };
  }

  static normalize({ id, ...fields }: Record<string, unknown>): Record<string, unknown> {
    return id === undefined ? fields : { ids: [id], ...fields };
  }

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @Matches(NOTIFICATION_ID, { each: true, message: '$property must hold ids of notifications' })
  ids?: string[] | null;

  @IsOptional()
  @Flag()
  all?: boolean | null;
}

/** A page, the newest first. */
export class NotificationListDto {
  /** Of the page before: what is older than its last one. */
  @IsOptional()
  @IsString()
  @Matches(NOTIFICATION_PLACE, { message: '$property must be that of the page before' })
  before?: string | null;

  @IsOptional()
  @DecimalText()
  @IsInt()
  @Min(1)
  @Max(100)
  limit?: number | null;
}
