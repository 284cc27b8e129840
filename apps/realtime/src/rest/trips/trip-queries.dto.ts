import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { PageMetaDto } from '../envelope.dto.js';

export class TripPageQueryDto {
  @ApiPropertyOptional({
    type: 'integer',
    default: 1,
    minimum: 1,
    maximum: 1_000_000,
    description: 'The first is 1',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  page: number = 1;

  @ApiPropertyOptional({
    type: 'integer',
    default: 20,
    minimum: 1,
    maximum: 100,
    description: 'Trips a page',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    description:
      '`meta.asOf` of the first page: the pages that follow leave out what came later, so that ' +
      'none shows a trip twice or misses one',
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
  )
  @IsInt()
  @Min(0)
  @Max(8.64e15)
  asOf?: number;
}

export class TripEventsQueryDto {
  @ApiPropertyOptional({
    type: 'integer',
    default: 0,
    minimum: 0,
    description: 'Only what came after this version',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  after: number = 0;
}

export class TripPageMetaDto extends PageMetaDto {
  @ApiProperty({ description: 'False when there are trips that were not looked at' })
  isComplete: boolean;
  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'ISO 8601; null when complete. The time of the request of the last trip that was looked at',
  })
  continueAt: string | null;
  @ApiProperty({
    type: 'integer',
    description: 'Epoch milliseconds; send it as asOf with the pages that follow',
  })
  asOf: number;
}
