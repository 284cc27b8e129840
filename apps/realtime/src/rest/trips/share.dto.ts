import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { type Share } from '#libs/shares';

export class CreateShareDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 60_000,
    description: 'Life of the link, milliseconds; SHARE_TTL at most, and by default',
  })
  @IsOptional()
  @IsInt()
  @Min(60_000)
  @Max(7 * 86_400_000)
  ttlMs?: number;
}

/** A link to a trip; times are ISO 8601. */
export class ShareDto {
  @ApiProperty({ description: 'Id of the link' })
  id: string;
  @ApiProperty({ description: 'Id of the trip' })
  tripId: string;
  @ApiProperty({ format: 'date-time', description: 'ISO 8601' })
  createdAt: string;
  @ApiProperty({ format: 'date-time', description: 'ISO 8601; it ends with the trip as well' })
  expiresAt: string;

  static from({ id, tripId, createdAt, expiresAt }: Share): ShareDto {
    return {
      id,
      tripId,
      createdAt: new Date(createdAt).toISOString(),
      expiresAt: new Date(expiresAt).toISOString(),
    };
  }
}

export class CreatedShareDto extends ShareDto {
  @ApiProperty({ description: 'For `auth.share` on /tracking. Told this once' })
  token: string;
}
