import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsOptional,
  Matches,
} from 'class-validator';
import { ID_PATTERN } from '../principal.js';
import { Flag } from './field-decorators.js';

/** The most that PRESENCE_MAX_SUBSCRIPTIONS can allow. */
export const MAX_NAMED_PEOPLE = 1_000;

/** `presence:subscribe`: the people whom the client looks at from now on, beside those before. */
export class PresencePeopleDto {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_NAMED_PEOPLE)
  @ArrayUnique()
  @Matches(ID_PATTERN, { each: true, message: 'each of userIds must be an id' })
  userIds: string[];
}

/** `presence:unsubscribe`: these people, or all. */
export class PresenceForgetDto {
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_NAMED_PEOPLE)
  @Matches(ID_PATTERN, { each: true, message: 'each of userIds must be an id' })
  userIds?: string[] | null;
}

/** `presence:set` */
export class PresenceSetDto {
  @Flag()
  away: boolean;
}
