import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { ID_PATTERN, UserType } from '#libs/contracts';

const MAX_TTL_MS = 400 * 86_400_000;

export class OpenSessionDto {
  @ApiProperty({ description: 'The `sub` of the tokens' })
  @IsString()
  @Matches(ID_PATTERN)
  userId: string;

  @ApiProperty({ enum: Object.values(UserType) })
  @IsIn(Object.values(UserType))
  userType: UserType;

  @ApiPropertyOptional({ description: 'The `sid` of the tokens; made up when absent' })
  @IsOptional()
  @IsString()
  @Matches(ID_PATTERN)
  sid?: string;

  @ApiPropertyOptional({ description: 'By default JWT_REFRESH_EXPIRES_IN', minimum: 1_000 })
  @IsOptional()
  @IsInt()
  @Min(1_000)
  @Max(MAX_TTL_MS)
  ttlMs?: number;

  @ApiPropertyOptional({ description: 'A text or an object of up to 1,024 characters' })
  @Allow()
  deviceInfo?: unknown;
}

export class OpenedSessionDto {
  @ApiProperty()
  sid: string;
  @ApiProperty({ description: 'Epoch milliseconds' })
  createdAt: number;
  @ApiProperty({ description: 'Epoch milliseconds' })
  expiresAt: number;
}

export class RevokedSessionsDto {
  @ApiProperty({ description: 'How many sessions were live' })
  revoked: number;
}
