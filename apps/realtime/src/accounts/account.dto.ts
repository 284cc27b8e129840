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
  @ApiPropertyOptional({ description: 'Made up when absent' })
  @IsOptional()
  @IsString()
  @Matches(ID_PATTERN)
  id?: string;

  @ApiProperty({ enum: Object.values(UserType) })
  @IsIn(Object.values(UserType))
  userType: UserType;

  @ApiPropertyOptional({ description: 'E-mail or phone number is needed to log in' })
  @IsOptional()
  @IsEmail()
  @Length(3, 254)
  email?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString()
  @Length(6, 40)
  @Matches(PHONE_PATTERN, { message: 'phoneNumber must be a phone number' })
  phoneNumber?: string;

  @ApiPropertyOptional({ maxLength: 100 })
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
  @ApiPropertyOptional({ enum: Object.values(UserType) })
  @IsOptional()
  @IsIn(Object.values(UserType))
  userType?: UserType;

  @ApiPropertyOptional({ enum: Object.values(AccountStatus) })
  @IsOptional()
  @IsIn(Object.values(AccountStatus))
  status?: AccountStatus;

  @ApiPropertyOptional({ default: 1, minimum: 1 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  page: number = 1;

  @ApiPropertyOptional({ default: 20, minimum: 1, maximum: 100 })
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
  @ApiProperty()
  id: string;
  @ApiProperty({ enum: Object.values(UserType) })
  userType: UserType;
  @ApiProperty({ enum: Object.values(AccountStatus) })
  status: AccountStatus;
  @ApiPropertyOptional()
  email?: string;
  @ApiPropertyOptional()
  phoneNumber?: string;
  @ApiPropertyOptional()
  name?: string;
  @ApiPropertyOptional()
  statusReason?: string;
  @ApiProperty()
  createdAt: string;
  @ApiProperty()
  updatedAt: string;
}
