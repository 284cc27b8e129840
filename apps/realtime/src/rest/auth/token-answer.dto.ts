import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { type TokenPair } from '#libs/auth';
import { SessionType } from '#libs/contracts';

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

  @ApiProperty({ description: 'Epoch milliseconds' })
  accessTokenExpiresAt: number;

  @ApiProperty({ description: 'Epoch milliseconds' })
  refreshTokenExpiresAt: number;

  /** A web page never sees its refresh token. */
  static from({ refreshToken, ...pair }: TokenPair): TokenAnswerDto {
    return pair.sessionType === SessionType.web ? pair : { ...pair, refreshToken };
  }
}
