import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { Allow, IsOptional, IsString, Length } from 'class-validator';
import { MAX_DEVICE_INFO_LENGTH, type Login, type TokenPair } from '#libs/auth';
import {
  AppAudience,
  Characters,
  OneOf,
  readToken,
  SessionType,
  UserType,
  isWithinCharacters,
  RequestError,
} from '#libs/contracts';
import { EmailField, PhoneField } from '../accounts/contact-fields.js';

/** For pages that share an origin, e.g. those of dispatchers, passengers and drivers here. */
class CookieOwnerDto {
  @ApiPropertyOptional({
    enum: Object.values(AppAudience),
    description:
      'Web sessions: keeps the tokens in cookies of this app alone, so that one browser can be ' +
      'signed in to several apps of one origin. Send the same with login, refresh and logout',
  })
  @IsOptional()
  @OneOf(Object.values(AppAudience))
  cookieFor?: AppAudience;
}

export class LoginDto extends CookieOwnerDto {
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

/** What a client says about its device, a text or an object, as bounded text. */
export function deviceInfoText(deviceInfo: unknown): string | undefined {
  if (deviceInfo === undefined || deviceInfo === null) return undefined;
  const text = typeof deviceInfo === 'string' ? deviceInfo : JSON.stringify(deviceInfo);
  if (isWithinCharacters(text, MAX_DEVICE_INFO_LENGTH)) return text;
  throw new RequestError('VALIDATION_FAILED', {
    message: `deviceInfo must not exceed ${MAX_DEVICE_INFO_LENGTH} characters.`,
  });
}

export class CodeDto extends CookieOwnerDto {
  @ApiProperty({ minLength: 1, maxLength: 100, description: 'That an operator has made' })
  @IsString()
  @Length(1, 100)
  code: string;
}

/** For refresh and logout. */
export class RefreshDto extends CookieOwnerDto {
  @ApiPropertyOptional({ description: 'Not needed where the cookie holds it' })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? readToken(value) : value,
  )
  @IsString()
  @Length(1, 4_096)
  refreshToken?: string;
}

export class TokenAnswerDto {
  @ApiProperty({ description: 'Stays the same over refreshes' })
  sid: string;

  @ApiProperty({
    enum: Object.values(SessionType),
    description: '`web` keeps the refresh token in a cookie, the others get it here',
  })
  sessionType: SessionType;

  @ApiProperty({ description: 'For `Authorization: Bearer` and for the sockets' })
  accessToken: string;

  @ApiPropertyOptional({ description: 'Absent for web sessions: it is in an HttpOnly cookie' })
  refreshToken?: string;

  @ApiPropertyOptional({
    description:
      'After a login; absent for web sessions. Keep it beyond the logout and send it with the next ' +
      'login: wrong passwords of others then never lock this device out',
  })
  deviceToken?: string;

  @ApiProperty({ description: 'Epoch milliseconds' })
  accessTokenExpiresAt: number;

  @ApiProperty({ description: 'Epoch milliseconds' })
  refreshTokenExpiresAt: number;

  /** A web page sees neither its refresh token nor that of its device. */
  static from(answer: TokenPair | Login): TokenAnswerDto {
    if (answer.sessionType !== SessionType.web) return answer;
    const { refreshToken: _, deviceToken: __, ...shown } = { deviceToken: undefined, ...answer };
    return shown;
  }
}
