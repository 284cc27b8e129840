import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { ID_PATTERN } from '#libs/contracts';
import { TripRequestBodyDto } from '../trips/trip-request.dto.js';

/** A trip that a dispatcher requests for somebody else. */
export class BookTripDto extends TripRequestBodyDto {
  @ApiProperty({ pattern: ID_PATTERN.source, description: 'For whom' })
  @Matches(ID_PATTERN, { message: 'passengerId must be an id' })
  override passengerId: string = '';
}
