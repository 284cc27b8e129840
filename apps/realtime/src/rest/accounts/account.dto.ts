import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import { type Account } from '#libs/accounts';
import { AccountStatus, Characters, ID_PATTERN, OneOf, PlainText, UserType } from '#libs/contracts';
import { QueryInteger } from '../parameters.js';
import { PageMetaDto } from '../envelope.dto.js';
import { GroupsField } from './contact-fields.js';
import { NewPersonDto, ProfileDto } from './profile.dto.js';

export class CreateAccountDto extends NewPersonDto {
  @ApiPropertyOptional({
    pattern: ID_PATTERN.source,
    description: 'Made up when absent',
  })
  @IsOptional()
  @IsString()
  @Matches(ID_PATTERN)
  id?: string;

  @ApiProperty({ enum: Object.values(UserType), description: 'Stays as it is' })
  @OneOf(Object.values(UserType))
  userType: UserType;

  @GroupsField({ isOptional: true })
  groups?: string[];

  @ApiPropertyOptional({ minLength: 8, maxLength: 100, description: 'Needed to log in' })
  @IsOptional()
  @Characters({ min: 8, max: 100 })
  password?: string;
}

export class ListAccountsDto {
  @ApiPropertyOptional({
    minLength: 1,
    maxLength: 100,
    description:
      'Words that begin words of the name or are part of the e-mail address, or a part of the ' +
      'phone number, or of the number plate: among the newest 1,000 of this type and status. A ' +
      'whole id, address or number finds its account among all',
  })
  @IsOptional()
  @PlainText({ min: 1, max: 100 })
  q?: string;

  @ApiPropertyOptional({ enum: Object.values(UserType), description: 'Only of this type' })
  @IsOptional()
  @OneOf(Object.values(UserType))
  userType?: UserType;

  @ApiPropertyOptional({ enum: Object.values(AccountStatus), description: 'Only of this status' })
  @IsOptional()
  @OneOf(Object.values(AccountStatus))
  status?: AccountStatus;

  @QueryInteger({ default: 1, least: 1, most: 1_000_000, description: 'The first is 1' })
  page: number = 1;

  @QueryInteger({ default: 20, least: 1, most: 100, description: 'Accounts a page' })
  limit: number = 20;

  @QueryInteger({
    least: 0,
    most: 8.64e15,
    description:
      '`meta.asOf` of the first page: the pages that follow leave out what was created later, so ' +
      'that none shows an account twice or misses one',
  })
  asOf?: number;
}

export class AccountPageMetaDto extends PageMetaDto {
  @ApiProperty({
    type: 'integer',
    description: 'Epoch milliseconds; send it as asOf with the pages that follow',
  })
  asOf: number;
  @ApiProperty({ description: 'False when a search has not looked at all of them' })
  isComplete: boolean;
}

export class ChangeGroupsDto {
  @GroupsField()
  groups: string[];
}

export class BlockAccountDto {
  @ApiPropertyOptional({ maxLength: 200, description: 'For other admins' })
  @IsOptional()
  @PlainText({ max: 200 })
  reason?: string;
}

/** What admins see of an account. */
export class AccountDto extends ProfileDto implements Account {
  @ApiProperty({ enum: Object.values(AccountStatus), description: 'Only active ones get in' })
  status: AccountStatus;
  @ApiPropertyOptional({ description: 'Why it was suspended or banned' })
  statusReason?: string;
}
