import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsOptional,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import {
  Flag,
  ID_PATTERN,
  Latitude,
  LONGEST_CHAT_TEXT,
  Longitude,
  OneOf,
  PlainText,
  UserType,
} from '#libs/contracts';

const LONGEST_MUTE_SECONDS = 366 * 24 * 60 * 60;

export const BroadcastAudience = {
  drivers: 'drivers',
  passengers: 'passengers',
  driversInArea: 'drivers_in_area',
} as const;
export type BroadcastAudience = (typeof BroadcastAudience)[keyof typeof BroadcastAudience];

export class MuteDto {
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    maximum: LONGEST_MUTE_SECONDS,
    description: 'How long; 0 ends it',
  })
  @IsInt()
  @Min(0)
  @Max(LONGEST_MUTE_SECONDS)
  seconds: number;
}

export class InviteDto {
  @ApiProperty({ pattern: ID_PATTERN.source, description: 'Id of the account' })
  @Matches(ID_PATTERN, { message: 'userId must be an id' })
  userId: string;
}

export class CloseDto {
  @ApiPropertyOptional({ default: true, description: 'False opens it again' })
  @IsOptional()
  @Flag()
  isClosed?: boolean;

  @ApiPropertyOptional({ minLength: 1, maxLength: 300, description: 'For the members to read' })
  @IsOptional()
  @PlainText({ min: 1, max: 300 })
  reason?: string;
}

export class CornerDto {
  @ApiProperty({ minimum: -90, maximum: 90, description: 'Degrees, WGS84' })
  @Latitude()
  lat: number;

  @ApiProperty({ minimum: -180, maximum: 180, description: 'Degrees, WGS84' })
  @Longitude()
  lng: number;
}

export class BroadcastDto {
  @ApiProperty({ enum: Object.values(BroadcastAudience), description: 'To whom' })
  @OneOf(Object.values(BroadcastAudience))
  audience: BroadcastAudience;

  @ApiProperty({ minLength: 1, description: 'At most CHAT_MAX_TEXT characters' })
  @PlainText({ min: 1, max: LONGEST_CHAT_TEXT })
  text: string;

  @ApiPropertyOptional({
    type: [CornerDto],
    minItems: 3,
    maxItems: 100,
    description:
      'With drivers_in_area: the corners of the area in order. It does not cross the antimeridian',
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(3)
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => CornerDto)
  area?: CornerDto[];
}

export class MuteStateDto {
  @ApiProperty({ description: 'Id of the account' }) userId: string;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Until when the user may not write, epoch milliseconds; null when it may',
  })
  mutedUntil: number | null;
  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'Id of who muted the user, `company` for the API key; null when it may write',
  })
  mutedBy: string | null;
}

export class MemberDto {
  @ApiProperty({ description: 'Id of the account' }) userId: string;
  @ApiProperty({ description: 'Display name of the account' }) name: string;
  @ApiProperty({ enum: Object.values(UserType), description: 'What the account is' })
  userType: UserType;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Until when the member may not write here, epoch milliseconds',
  })
  mutedUntil: number | null;
  @ApiProperty({
    type: 'string',
    nullable: true,
    description:
      'Id of who muted it here; null when it may write, or where an older release has written the mute',
  })
  mutedBy: string | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Until when it may write in no conversation, epoch milliseconds',
  })
  mutedEverywhereUntil: number | null;
  @ApiProperty({ type: 'string', nullable: true, description: 'Id of who muted it everywhere' })
  mutedEverywhereBy: string | null;
}

export class MembersDto {
  @ApiProperty({ type: 'integer', minimum: 0, description: 'How many are in it' })
  memberCount: number;
  @ApiProperty({ type: [MemberDto], description: 'Empty where there are more than 50' })
  members: MemberDto[];
}

export class CloseStateDto {
  @ApiProperty({ description: 'Id of the conversation' }) conversationId: string;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'When it was closed, epoch milliseconds; null when it is open',
  })
  closedAt: number | null;
}

export class BroadcastSentDto {
  @ApiProperty({ description: 'The conversation in which it was said' }) conversationId: string;
  @ApiProperty({ description: 'Id of the message' }) messageId: string;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Drivers in the area; null for all drivers or all passengers',
  })
  recipients: number | null;
}
