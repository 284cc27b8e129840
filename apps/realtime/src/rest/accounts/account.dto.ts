import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import { type Account } from '#libs/accounts';
import { AccountStatus, Characters, ID_PATTERN, OneOf, PlainText, UserType } from '#libs/contracts';
import { QueryInteger } from '../parameters.js';
import { PageMetaDto } from '../envelope.dto.js';
import { EmailField, GroupsField, PhoneField, ShownGroups } from './contact-fields.js';
import { VehicleDto } from './vehicle.dto.js';

export class CreateAccountDto {
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

  @ApiPropertyOptional({
    format: 'email',
    description: 'E-mail or phone number is needed to log in',
  })
  @IsOptional()
  @EmailField()
  email?: string;

  @ApiPropertyOptional({ description: 'With country code, in any spelling' })
  @IsOptional()
  @PhoneField()
  phoneNumber?: string;

  @ApiPropertyOptional({ maxLength: 100, description: 'For other admins' })
  @IsOptional()
  @PlainText({ min: 1, max: 100, line: true })
  name?: string;

  @GroupsField({ isOptional: true })
  groups?: string[];

  @ApiPropertyOptional({ minLength: 8, maxLength: 100, description: 'Needed to log in' })
  @IsOptional()
  @Characters({ min: 8, max: 100 })
  password?: string;
}

export class ListAccountsDto {
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

/** Times are ISO 8601. */
export class AccountDto implements Account {
  @ApiProperty({ description: 'The `sub` of its tokens' })
  id: string;
  @ApiProperty({ enum: Object.values(UserType), description: 'Decides where it may connect' })
  userType: UserType;
  @ApiProperty({ enum: Object.values(AccountStatus), description: 'Only active ones get in' })
  status: AccountStatus;
  @ApiPropertyOptional({ description: 'In lower case, the domain in ASCII' })
  email?: string;
  @ApiPropertyOptional({ description: 'E.164' })
  phoneNumber?: string;
  @ApiPropertyOptional({ description: 'For other admins' })
  name?: string;
  @ApiPropertyOptional({ description: 'As the person set it' })
  photoUrl?: string;
  @ApiPropertyOptional({ description: 'Why it was suspended or banned' })
  statusReason?: string;
  @ApiPropertyOptional({ type: VehicleDto, description: 'The car of a driver' })
  vehicle?: VehicleDto;
  @ShownGroups()
  groups: readonly string[];
  @ApiProperty({ description: 'ISO 8601' })
  createdAt: string;
  @ApiProperty({ description: 'ISO 8601' })
  updatedAt: string;
}
