import { Body, Controller, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RequestError, TripStatus } from '#libs/contracts';
import { DispatcherActions, type TripOutcome, TripQueries } from '#libs/trips';
import { AdminOnly } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { CurrentCaller, type Caller, actorOf } from '../caller.js';
import { MadeIdPipe } from '../parameters.js';
import { AdminTripDetailsDto, toAdminTripDetails } from './admin-trip.dto.js';
import {
  DispatcherReasonDto,
  OverrideStatusDto,
  RetryMatchingDto,
  SendMessageDto,
  SearchOverridesReader,
} from './dispatcher-bodies.dto.js';

/** What dispatchers do by hand. The audit trail says who did it; the people concerned get it. */
@ApiTags('admin')
@AdminOnly()
@ApiParam({ name: 'id', description: 'The trip' })
@ApiAnswer(AdminTripDetailsDto)
@ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED', 'TRIP_STATUS_CONFLICT')
@Controller('admin/trips/:id/actions')
export class TripActionsController {
  constructor(
    private readonly actions: DispatcherActions,
    private readonly overrides: SearchOverridesReader,
    private readonly queries: TripQueries,
  ) {}

  @Post('retry-matching')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Looks for a driver anew, also when none was found' })
  @ApiSessionRefusals(
    'FORBIDDEN',
    'NOT_FOUND',
    'VALIDATION_FAILED',
    'TRIP_STATUS_CONFLICT',
    'TRIP_ACTIVE',
  )
  retryMatching(
    @CurrentCaller() caller: Caller,
    @Param('id', MadeIdPipe) tripId: string,
    @Body() body: RetryMatchingDto,
  ): Promise<AdminTripDetailsDto> {
    const wanted = this.overrides.read(body);
    return this.view(this.actions.retryMatching(actorOf(caller), tripId, body.reason, wanted));
  }

  @Post('mark-no-drivers')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Ends the search' })
  markNoDrivers(
    @CurrentCaller() caller: Caller,
    @Param('id', MadeIdPipe) tripId: string,
    @Body() { reason, internalNote }: DispatcherReasonDto,
  ): Promise<AdminTripDetailsDto> {
    return this.view(
      this.actions.markNoDrivers(actorOf(caller), tripId, reason, internalNote ?? undefined),
    );
  }

  @Post('override-status')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Sets the status by hand' })
  override(
    @CurrentCaller() caller: Caller,
    @Param('id', MadeIdPipe) tripId: string,
    @Body() body: OverrideStatusDto,
  ): Promise<AdminTripDetailsDto> {
    const { targetStatus, reason, internalNote } = body;
    const { actualDistanceKm, actualDurationMin, fareTotal } = body;
    const says = [actualDistanceKm, actualDurationMin, fareTotal].some((each) => each != null);
    if (says && targetStatus !== TripStatus.completed) {
      throw new RequestError('VALIDATION_FAILED', {
        details: ['distance, duration and fare are set with targetStatus completed only'],
      });
    }
    return this.view(
      this.actions.override(actorOf(caller), tripId, {
        target: targetStatus,
        reason,
        note: internalNote ?? undefined,
        distanceMeters: scaled(actualDistanceKm, 1_000),
        durationMs: scaled(actualDurationMin, 60_000),
        fareTotal: fareTotal ?? undefined,
      }),
    );
  }

  @Post('cancel')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Cancels a trip that is not over' })
  cancel(
    @CurrentCaller() caller: Caller,
    @Param('id', MadeIdPipe) tripId: string,
    @Body() { reason, internalNote }: DispatcherReasonDto,
  ): Promise<AdminTripDetailsDto> {
    return this.view(
      this.actions.cancel(actorOf(caller), tripId, reason, internalNote ?? undefined),
    );
  }

  @Post('send-message')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Tells the passenger, the driver or both something' })
  sendMessage(
    @CurrentCaller() caller: Caller,
    @Param('id', MadeIdPipe) tripId: string,
    @Body() { target, message }: SendMessageDto,
  ): Promise<AdminTripDetailsDto> {
    return this.view(this.actions.sendMessage(actorOf(caller), tripId, target, message));
  }

  private async view(outcome: Promise<TripOutcome>): Promise<AdminTripDetailsDto> {
    const { trip } = await outcome;
    return toAdminTripDetails(trip, this.queries.isStuck(trip));
  }
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value == null ? undefined : Math.round(value * factor);
}
