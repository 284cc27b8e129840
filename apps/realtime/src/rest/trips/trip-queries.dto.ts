import { ApiProperty } from '@nestjs/swagger';
import { type TripPage, type TripPageQuery, type TripRecord } from '#libs/trips';
import { PageMetaDto } from '../envelope.dto.js';
import { Page } from '../envelope.js';
import { QueryInteger } from '../parameters.js';

export class TripPageQueryDto {
  @QueryInteger({ default: 1, least: 1, most: 1_000_000, description: 'The first is 1' })
  page: number = 1;

  @QueryInteger({ default: 20, least: 1, most: 100, description: 'Trips a page' })
  limit: number = 20;

  @QueryInteger({
    least: 0,
    most: 8.64e15,
    description:
      '`meta.asOf` of the first page: the pages that follow leave out what came later, so that ' +
      'none shows a trip twice or misses one',
  })
  asOf?: number;
}

export class TripEventsQueryDto {
  @QueryInteger({ default: 0, least: 0, description: 'Only what came after this version' })
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

/** A page of trips; `meta` says whether all trips were looked at. */
export function toPage<T>(
  { trips, total, isComplete, continueAt, asOf }: TripPage,
  { page, limit }: TripPageQuery,
  view: (trip: TripRecord) => T,
): Page<T> {
  return new Page(
    trips.map(view),
    { total, page, limit },
    {
      isComplete,
      continueAt: continueAt === null ? null : new Date(continueAt).toISOString(),
      asOf,
    },
  );
}
