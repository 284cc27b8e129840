import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsOptional, IsString } from 'class-validator';
import { AppAudience, Characters, OneOf, SessionType, UserType } from '#libs/contracts';
import { EmailField, PhoneField } from '../accounts/contact-fields.js';

export class LoginDto {
  @ApiPropertyOptional({
    format: 'email',
    description: 'This or phoneNumber; this one counts when both are sent',
  })
  @IsOptional()
  @EmailField()
  email?: string;

  @ApiPropertyOptional({ description: 'With country code, in any spelling' })
  @IsOptional()
  @PhoneField()
  phoneNumber?: string;

  // No lower limit: a short password is a wrong one, and what accounts need may change.
  @ApiProperty({ maxLength: 100, description: 'Of the account' })
  @Characters({ max: 100 })
  password: string;

  @ApiProperty({
    enum: Object.values(AppAudience),
    description: 'The program that logs in; each but api_client is for one user type',
  })
  @OneOf(Object.values(AppAudience))
  appAudience: AppAudience;

  @ApiPropertyOptional({
    enum: Object.values(SessionType),
    description: 'By default web for admin_panel, mobile_app for the apps, else api_client',
  })
  @IsOptional()
  @OneOf(Object.values(SessionType))
  sessionType?: SessionType;

  @ApiPropertyOptional({
    enum: Object.values(UserType),
    description: 'Refuses accounts of another type with AUDIENCE_MISMATCH',
  })
  @IsOptional()
  @OneOf(Object.values(UserType))
  expectedUserType?: UserType;

  @ApiPropertyOptional({
    oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: true }],
    description: 'A text or an object of up to 1,024 characters',
  })
  @Allow()
  deviceInfo?: unknown;

  @ApiPropertyOptional({
    description: 'That an earlier login gave to this device; not needed where the cookie holds it',
  })
  @IsOptional()
  @Characters({ max: 1_024 })
  deviceToken?: string;

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
