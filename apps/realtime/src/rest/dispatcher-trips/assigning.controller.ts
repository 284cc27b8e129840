import { Body, Controller, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { NoDriversReason, type TripView } from '#libs/contracts';
import { DispatcherActions, toTripView } from '#libs/trips';
import { AdminOnly } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { CurrentCaller, type Caller, actorOf } from '../caller.js';
import { MadeIdPipe } from '../parameters.js';
import { TripDto } from '../trips/trip.dto.js';
import {
  NoDriversDto,
  SearchOverridesDto,
  SearchOverridesReader,
} from './dispatcher-bodies.dto.js';

/** The routes under which older dispatch programs do what are actions of dispatchers now. */
@ApiTags('trips')
@AdminOnly()
@ApiParam({ name: 'id', description: 'The trip' })
@ApiAnswer(TripDto)
@ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED', 'TRIP_STATUS_CONFLICT')
@Controller('trips/:id/assign')
export class AssigningController {
  constructor(
    private readonly actions: DispatcherActions,
    private readonly overrides: SearchOverridesReader,
  ) {}

  @Post('start')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'As the action retry-matching; a request is searched for by itself' })
  async start(
    @CurrentCaller() caller: Caller,
    @Param('id', MadeIdPipe) tripId: string,
    @Body() body: SearchOverridesDto,
  ): Promise<TripView> {
    const wanted = this.overrides.read(body);
    const { trip } = await this.actions.retryMatching(
      actorOf(caller),
      tripId,
      'assign_start',
      wanted,
    );
    return toTripView(trip);
  }

  @Post('no-drivers')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'As the action mark-no-drivers' })
  async noDrivers(
    @CurrentCaller() caller: Caller,
    @Param('id', MadeIdPipe) tripId: string,
    @Body() { reason }: NoDriversDto,
  ): Promise<TripView> {
    const { trip } = await this.actions.markNoDrivers(
      actorOf(caller),
      tripId,
      reason ?? NoDriversReason.markedByAdmin,
    );
    return toTripView(trip);
  }
}
