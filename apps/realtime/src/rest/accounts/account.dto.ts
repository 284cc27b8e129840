import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsEmail,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { type Account } from '#libs/accounts';
import { AccountStatus, ID_PATTERN, UserType } from '#libs/contracts';
import { PHONE_PATTERN } from '../auth/login.dto.js';

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
  @IsIn(Object.values(UserType))
  userType: UserType;

  @ApiPropertyOptional({
    format: 'email',
    description: 'E-mail or phone number is needed to log in',
  })
  @IsOptional()
  @IsEmail()
  @Length(3, 254)
  email?: string;

  @ApiPropertyOptional({ description: 'With country code; blanks, dots and dashes do not count' })
  @IsOptional()
  @IsString()
  @Length(6, 40)
  @Matches(PHONE_PATTERN, { message: 'phoneNumber must be a phone number' })
  phoneNumber?: string;

  @ApiPropertyOptional({ maxLength: 100, description: 'For other admins' })
  @IsOptional()
  @IsString()
  @Length(1, 100)
  name?: string;

  @ApiPropertyOptional({ minLength: 8, maxLength: 100, description: 'Needed to log in' })
  @IsOptional()
  @IsString()
  @Length(8, 100)
  password?: string;
}

export class ListAccountsDto {
  @ApiPropertyOptional({ enum: Object.values(UserType), description: 'Only of this type' })
  @IsOptional()
  @IsIn(Object.values(UserType))
  userType?: UserType;

  @ApiPropertyOptional({ enum: Object.values(AccountStatus), description: 'Only of this status' })
  @IsOptional()
  @IsIn(Object.values(AccountStatus))
  status?: AccountStatus;

  @ApiPropertyOptional({
    type: 'integer',
    default: 1,
    minimum: 1,
    maximum: 1_000_000,
    description: 'The first is 1',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  page: number = 1;

  @ApiPropertyOptional({
    type: 'integer',
    default: 20,
    minimum: 1,
    maximum: 100,
    description: 'Accounts a page',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;
}

export class BlockAccountDto {
  @ApiPropertyOptional({ maxLength: 200, description: 'For other admins' })
  @IsOptional()
  @IsString()
  @Length(0, 200)
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
  @ApiPropertyOptional({ description: 'In lower case' })
  email?: string;
  @ApiPropertyOptional({ description: 'Digits, with + in front if it was given' })
  phoneNumber?: string;
  @ApiPropertyOptional({ description: 'For other admins' })
  name?: string;
  @ApiPropertyOptional({ description: 'Why it was suspended or banned' })
  statusReason?: string;
  @ApiProperty({ description: 'ISO 8601' })
  createdAt: string;
  @ApiProperty({ description: 'ISO 8601' })
  updatedAt: string;
}
