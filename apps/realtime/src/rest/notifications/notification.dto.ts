import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import {
  ID_PATTERN,
  NOTIFICATION_PLACE,
  OneOf,
  PlainText,
  UserType,
  type Notification,
} from '#libs/contracts';
import { QueryInteger } from '../parameters.js';

const AUDIENCES = ['user', 'session', 'type', 'everybody'] as const;
const MAX_DATA_CHARACTERS = 2_048;

export class SendNotificationDto {
  @ApiProperty({ enum: AUDIENCES, description: 'Whom it is for' })
  @OneOf(AUDIENCES)
  audience: (typeof AUDIENCES)[number];

  @ApiPropertyOptional({ description: 'For the audience `user`' })
  @IsOptional()
  @IsString()
  @Matches(ID_PATTERN)
  userId?: string;

  @ApiPropertyOptional({ description: 'For the audience `session`: the `sid`' })
  @IsOptional()
  @IsString()
  @Matches(ID_PATTERN)
  sid?: string;

  @ApiPropertyOptional({ enum: Object.values(UserType), description: 'For the audience `type`' })
  @IsOptional()
  @OneOf(Object.values(UserType))
  userType?: UserType;

  @ApiProperty({ maxLength: 100, description: 'One line' })
  @PlainText({ min: 1, max: 100, line: true })
  title: string;

  @ApiPropertyOptional({ maxLength: 1_000, description: 'Plain text' })
  @IsOptional()
  @PlainText({ min: 1, max: 1_000 })
  body?: string;

  @ApiPropertyOptional({ description: 'What the app makes of it: 1 to 64 letters, digits, _, -' })
  @IsOptional()
  @IsString()
  @Matches(ID_PATTERN)
  type?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: `For the app: ${MAX_DATA_CHARACTERS} characters of JSON at most`,
  })
  @IsOptional()
  @IsObject()
  @ValidateBy({
    name: 'isShort',
    validator: {
      validate: (value) => JSON.stringify(value).length <= MAX_DATA_CHARACTERS,
      defaultMessage: () => `$property must have ${MAX_DATA_CHARACTERS} characters of JSON at most`,
    },
  })
  data?: Record<string, unknown>;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1_000,
    description: 'It expires after so many milliseconds; NOTIFICATION_TTL at most, and by default',
  })
  @IsOptional()
  @IsInt()
  @Min(1_000)
  @Max(366 * 86_400_000)
  ttlMs?: number;
}

export class SentNotificationDto {
  @ApiProperty({ description: 'Id among the notifications of this audience' })
  id: string;
  @ApiProperty({ format: 'date-time', description: 'ISO 8601' })
  at: string;
  @ApiProperty({ description: 'False: it had been sent under this Idempotency-Key before' })
  isNew: boolean;
}

export class NotificationDto implements Notification {
  @ApiProperty({ description: 'Id' })
  id: string;
  @ApiProperty({ description: '`user`, `session`, a user type, or `everybody`' })
  audience: string;
  @ApiProperty({ description: 'One line' })
  title: string;
  @ApiPropertyOptional({ description: 'Plain text' })
  body?: string;
  @ApiPropertyOptional({ description: 'What the app makes of it' })
  type?: string;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'For the app' })
  data?: Record<string, unknown>;
  @ApiProperty({ format: 'date-time', description: 'ISO 8601' })
  at: string;
  @ApiProperty({ format: 'date-time', description: 'ISO 8601' })
  expiresAt: string;
  @ApiProperty({ description: 'On any device of the person' })
  seen: boolean;
}

export class NotificationPageDto {
  @ApiProperty({ type: NotificationDto, isArray: true, description: 'The newest first' })
  notifications: NotificationDto[];
  @ApiProperty({ type: 'integer', description: 'Of all, not of this page only' })
  unread: number;
  @ApiProperty({ type: String, nullable: true, description: 'For the next page; null: the last' })
  before: string | null;
}

export class NotificationQueryDto {
  @QueryInteger({ default: 20, least: 1, most: 100, description: 'Notifications a page' })
  limit: number = 20;

  @ApiPropertyOptional({ description: '`before` of the page before' })
  @IsOptional()
  @IsString()
  @Matches(NOTIFICATION_PLACE, { message: '$property must be that of the page before' })
  before?: string;
}
