import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { type Session } from '#libs/auth';
import { AppAudience, SessionType, UserType } from '#libs/contracts';

/** A live session; times are ISO 8601. */
export class SessionAnswerDto {
  @ApiProperty({ description: 'Id of the session; the `sid` of its tokens' })
  sid: string;
  @ApiProperty({ description: 'Id of the account' })
  userId: string;
  @ApiProperty({ enum: Object.values(UserType), description: 'Type of the account' })
  userType: UserType;
  @ApiPropertyOptional({
    enum: Object.values(SessionType),
    description: 'How the refresh token travels; absent with JWT_MODE=external',
  })
  sessionType?: SessionType;
  @ApiPropertyOptional({
    enum: Object.values(AppAudience),
    description: 'The program that logged in; absent with JWT_MODE=external',
  })
  appAudience?: AppAudience;
  @ApiProperty({ description: 'ISO 8601' })
  createdAt: string;
  @ApiProperty({ description: 'ISO 8601; lags by up to a minute' })
  lastActivityAt: string;
  @ApiProperty({ description: 'ISO 8601; a refresh moves it' })
  expiresAt: string;
  @ApiPropertyOptional({ description: 'Where it was opened from' })
  ipAddress?: string;
  @ApiPropertyOptional({ description: 'Of the client that opened it' })
  userAgent?: string;
  @ApiPropertyOptional({ description: 'What the client said of its device, as text' })
  deviceInfo?: string;
  @ApiProperty({ description: 'Whether it is the session of this request' })
  current: boolean;

  static from({ address, ...session }: Session, currentSid?: string): SessionAnswerDto {
    return {
      ...session,
      ...(address ? { ipAddress: address } : {}),
      current: session.sid === currentSid,
    };
  }
}

export class RevokedSessionsDto {
  @ApiProperty({ type: 'integer', description: 'How many sessions were live' })
  revoked: number;
}
