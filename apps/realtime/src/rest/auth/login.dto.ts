import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  Allow,
  IsEmail,
  IsIn,
  IsOptional,
  IsString,
  Length,
  Matches,
  MaxLength,
} from 'class-validator';
import { AppAudience, SessionType, UserType } from '#libs/contracts';

/** Digits with an optional +; blanks, dots, dashes and brackets do not count. */
export const PHONE_PATTERN = /^\+?(?:[\s().-]*\d){6,15}[\s().-]*$/;

export class LoginDto {
  @ApiPropertyOptional({
    format: 'email',
    description: 'This or phoneNumber; this one counts when both are sent',
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

  // No lower limit: a short password is a wrong one, and what accounts need may change.
  @ApiProperty({ maxLength: 100, description: 'Of the account' })
  @IsString()
  @MaxLength(100)
  password: string;

  @ApiProperty({
    enum: Object.values(AppAudience),
    description: 'The program that logs in; each but api_client is for one user type',
  })
  @IsIn(Object.values(AppAudience))
  appAudience: AppAudience;

  @ApiPropertyOptional({
    enum: Object.values(SessionType),
    description: 'By default web for admin_panel, mobile_app for the apps, else api_client',
  })
  @IsOptional()
  @IsIn(Object.values(SessionType))
  sessionType?: SessionType;

  @ApiPropertyOptional({
    enum: Object.values(UserType),
    description: 'Refuses accounts of another type with AUDIENCE_MISMATCH',
  })
  @IsOptional()
  @IsIn(Object.values(UserType))
  expectedUserType?: UserType;

  @ApiPropertyOptional({
    oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: true }],
    description: 'A text or an object of up to 1,024 characters',
  })
  @Allow()
  deviceInfo?: unknown;

  @ApiPropertyOptional({ type: String, description: 'Ignored: the server knows the address' })
  @Allow()
  ipAddress?: unknown;

  @ApiPropertyOptional({ description: 'Used where the header is missing' })
  @IsOptional()
  @IsString()
  userAgent?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Ignored: a login stores no position',
  })
  @Allow()
  location?: unknown;
}
