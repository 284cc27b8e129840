import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { ID_PATTERN, OneOf, UserType } from '#libs/contracts';

const MAX_TTL_MS = 400 * 86_400_000;

export class OpenSessionDto {
  @ApiProperty({ description: 'The `sub` of the tokens' })
  @IsString()
  @Matches(ID_PATTERN)
  userId: string;

  @ApiProperty({
    enum: Object.values(UserType),
    description: 'Type of the account; of one that exists it must be the same',
  })
  @OneOf(Object.values(UserType))
  userType: UserType;

  @ApiPropertyOptional({ description: 'The `sid` of the tokens; made up when absent' })
  @IsOptional()
  @IsString()
  @Matches(ID_PATTERN)
  sid?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1_000,
    maximum: MAX_TTL_MS,
    description: 'Life of the session, milliseconds; by default JWT_REFRESH_EXPIRES_IN',
  })
  @IsOptional()
  @IsInt()
  @Min(1_000)
  @Max(MAX_TTL_MS)
  ttlMs?: number;

  @ApiPropertyOptional({
    oneOf: [{ type: 'string' }, { type: 'object', additionalProperties: true }],
    description: 'A text or an object of up to 1,024 characters',
  })
  @Allow()
  deviceInfo?: unknown;
}

export class OpenedSessionDto {
  @ApiProperty({ description: 'The `sid` that tokens have to name' })
  sid: string;
  @ApiProperty({ description: 'Epoch milliseconds' })
  createdAt: number;
  @ApiProperty({ description: 'Epoch milliseconds' })
  expiresAt: number;
}
