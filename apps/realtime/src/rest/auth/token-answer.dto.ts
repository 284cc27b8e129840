import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { type Login, type TokenPair } from '#libs/auth';
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
