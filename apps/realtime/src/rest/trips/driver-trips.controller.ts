import {
  applyDecorators,
  Body,
  Controller,
  HttpCode,
  HttpStatus,
  Param,
  Patch,
  Post,
} from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import {
  OfferStatus,
  RequestError,
  UserType,
  type Principal,
  type TripView,
} from '#libs/contracts';
import { Approach, RidesService, toTripView, type TripOutcome } from '#libs/trips';
import { Admit } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { CurrentPrincipal } from '../caller.js';
import { MadeIdPipe } from '../parameters.js';
import {
  ArrivingDto,
  CompleteTripDto,
  DriverBodyDto,
  RejectedOfferDto,
  RejectOfferDto,
} from './trip-bodies.dto.js';
import { TripDto } from './trip.dto.js';

const OFFER = { name: 'id', description: 'The assignmentId of the offer' };
/** One step further on the trip of the path. */
const TripStep = (path: string, about: { summary: string; description?: string }) =>
  applyDecorators(
    Post(`:id/${path}`),
    HttpCode(HttpStatus.OK),
    ApiOperation(about),
    ApiParam({ name: 'id', description: 'The trip' }),
    ApiAnswer(TripDto),
    ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED', 'NOT_FOUND', 'TRIP_STATUS_CONFLICT'),
  );

@ApiTags('trips')
@Admit(UserType.driver)
@ApiBearerAuth()
@Controller('trips')
export class DriverTripsController {
  constructor(
    private readonly rides: RidesService,
    private readonly approach: Approach,
  ) {}

  @Patch('assignments/:id/accept')
  @ApiOperation({ summary: 'Takes the trip of an offer' })
  @ApiParam(OFFER)
  @ApiAnswer(TripDto)
  @ApiSessionRefusals(
    'FORBIDDEN',
    'VALIDATION_FAILED',
    'ASSIGNMENT_NOT_FOUND',
    'ASSIGNMENT_EXPIRED',
    'ASSIGNMENT_STATE_CHANGED',
    'ASSIGNMENT_ALREADY_RESPONDED',
    'DRIVER_ON_TRIP',
  )
  accept(
    @CurrentPrincipal() driver: Principal,
    @Param('id', MadeIdPipe) assignmentId: string,
    @Body() body: DriverBodyDto,
  ): Promise<TripView> {
    return viewOf(this.rides.acceptOffer(speaker(driver, body), assignmentId));
  }

  @Post(':id/reject')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Refuses an offer; the driver is not asked again for this trip' })
  @ApiParam(OFFER)
  @ApiAnswer(RejectedOfferDto)
  @ApiSessionRefusals(
    'FORBIDDEN',
    'VALIDATION_FAILED',
    'ASSIGNMENT_NOT_FOUND',
    'ASSIGNMENT_EXPIRED',
    'ASSIGNMENT_STATE_CHANGED',
    'ASSIGNMENT_ALREADY_RESPONDED',
  )
  async reject(
    @CurrentPrincipal() driver: Principal,
    @Param('id', MadeIdPipe) assignmentId: string,
    @Body() body: RejectOfferDto,
  ): Promise<RejectedOfferDto> {
    await this.rides.rejectOffer(speaker(driver, body), assignmentId, body.reason ?? undefined);
    return { assignmentId, status: OfferStatus.rejected };
  }

  @TripStep('arriving', {
    summary: 'The driver is on the way',
    description: 'The server notes it by itself right after the offer is taken.',
  })
  arriving(
    @CurrentPrincipal() driver: Principal,
    @Param('id', MadeIdPipe) tripId: string,
    @Body() body: ArrivingDto,
  ): Promise<TripView> {
    return viewOf(this.approach.beginBy(speaker(driver, body), tripId));
  }

  @TripStep('arrived-pickup', {
    summary: 'The driver is at the pickup; waiting is counted from now on',
  })
  arrivedPickup(
    @CurrentPrincipal() driver: Principal,
    @Param('id', MadeIdPipe) tripId: string,
    @Body() body: DriverBodyDto,
  ): Promise<TripView> {
    return viewOf(this.rides.arrive(speaker(driver, body), tripId));
  }

  @TripStep('start', { summary: 'The ride begins' })
  start(
    @CurrentPrincipal() driver: Principal,
    @Param('id', MadeIdPipe) tripId: string,
    @Body() body: DriverBodyDto,
  ): Promise<TripView> {
    return viewOf(this.rides.start(speaker(driver, body), tripId));
  }

  @TripStep('complete', {
    summary: 'The ride is over',
    description:
      'The fare follows from the distance and the times that the server measured; what the ' +
      'driver says of them is read and not used.',
  })
  complete(
    @CurrentPrincipal() driver: Principal,
    @Param('id', MadeIdPipe) tripId: string,
    @Body() body: CompleteTripDto,
  ): Promise<TripView> {
    return viewOf(this.rides.complete(speaker(driver, body), tripId, body.extraFees ?? undefined));
  }
}

/** @throws RequestError FORBIDDEN for a body that names somebody else */
function speaker({ userId }: Principal, { driverId }: DriverBodyDto): string {
  if ((driverId ?? userId) === userId) return userId;
  throw new RequestError('FORBIDDEN', { message: 'A driver speaks for itself only.' });
}

async function viewOf(outcome: Promise<TripOutcome>): Promise<TripView> {
  return toTripView((await outcome).trip);
}
