import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsEmail, IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { AppAudience, SessionType, UserType } from '#libs/contracts';

/** Digits with an optional +; blanks, dots, dashes and brackets do not count. */
export const PHONE_PATTERN = /^\+?(?:[\s().-]*\d){6,15}[\s().-]*$/;

export class LoginDto {
  @ApiPropertyOptional({ description: 'This or phoneNumber; this one counts when both are sent' })
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

  @ApiProperty({ minLength: 8, maxLength: 100 })
  @IsString()
  @Length(8, 100)
  password: string;

  @ApiProperty({ enum: Object.values(AppAudience) })
  @IsIn(Object.values(AppAudience))
  appAudience: AppAudience;

  @ApiPropertyOptional({
    enum: Object.values(SessionType),
    description: 'By default web for admin_panel, mobile_app for the apps',
  })
  @IsOptional()
  @IsIn(Object.values(SessionType))
  sessionType?: SessionType;

  @ApiPropertyOptional({ enum: Object.values(UserType) })
  @IsOptional()
  @IsIn(Object.values(UserType))
  expectedUserType?: UserType;

  @ApiPropertyOptional({ description: 'A text or an object of up to 1,024 characters' })
  @Allow()
  deviceInfo?: unknown;

  @ApiPropertyOptional({ description: 'Ignored: the server knows the address' })
  @Allow()
  ipAddress?: unknown;

  @ApiPropertyOptional({ description: 'Used where the header is missing' })
  @IsOptional()
  @IsString()
  userAgent?: string;

  @ApiPropertyOptional({ description: 'Ignored: a login stores no position' })
  @Allow()
  location?: unknown;
}
