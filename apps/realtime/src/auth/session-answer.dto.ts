import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { type Session } from '#libs/auth';
import { AppAudience, SessionType, UserType } from '#libs/contracts';

/** A live session; times are ISO 8601. */
export class SessionAnswerDto {
  @ApiProperty()
  sid: string;
  @ApiProperty()
  userId: string;
  @ApiProperty({ enum: Object.values(UserType) })
  userType: UserType;
  @ApiPropertyOptional({ enum: Object.values(SessionType) })
  sessionType?: SessionType;
  @ApiPropertyOptional({ enum: Object.values(AppAudience) })
  appAudience?: AppAudience;
  @ApiProperty()
  createdAt: string;
  @ApiProperty({ description: 'Lags by up to a minute' })
  lastActivityAt: string;
  @ApiProperty()
  expiresAt: string;
  @ApiPropertyOptional()
  ipAddress?: string;
  @ApiPropertyOptional()
  userAgent?: string;
  @ApiPropertyOptional()
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
