import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { PaymentMode, TripRequestDto, type FareBreakdown } from '#libs/contracts';
import { RidesService, TripQueries } from '#libs/trips';
import { AdminOnly } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { CurrentCaller, type Caller, actorOf } from '../caller.js';
import { ApiIdempotencyKey, IdempotencyKey } from '../trips/idempotency-key.js';
import { FareBreakdownDto, TripEstimateBodyDto } from '../trips/trip-request.dto.js';
import { AdminTripDetailsDto, toAdminTripDetails } from './admin-trip.dto.js';
import { BookTripDto } from './booking.dto.js';

/** Requests by phone: a dispatcher asks in the place of a passenger. */
@ApiTags('admin')
@AdminOnly()
@Controller('admin/trips')
export class BookingController {
  constructor(
    private readonly rides: RidesService,
    private readonly queries: TripQueries,
  ) {}

  @Post()
  @ApiIdempotencyKey()
  @ApiOperation({
    summary: 'Requests a trip for a passenger; the search for a driver begins at once',
    description:
      'The passenger is told as of a request of its own, and the audit trail names the dispatcher. ' +
      'Keys of dispatchers are apart from those of the passenger.',
  })
  @ApiAnswer(AdminTripDetailsDto, { status: HttpStatus.CREATED, description: 'Requested.' })
  @ApiSessionRefusals(
    'FORBIDDEN',
    'VALIDATION_FAILED',
    'NOT_FOUND',
    'CONFLICT',
    'TRIP_ACTIVE',
    'IDEMPOTENCY_KEY_REUSED',
    'RATE_LIMITED',
  )
  async book(
    @CurrentCaller() caller: Caller,
    @Body() body: BookTripDto,
    @IdempotencyKey() key: string | undefined,
  ): Promise<AdminTripDetailsDto> {
    const { trip } = await this.rides.requestFor(actorOf(caller), TripRequestDto.parse(body), key);
    return toAdminTripDetails(trip, this.queries.isStuck(trip));
  }

  @Post('estimate')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'What a trip would cost, requested now' })
  @ApiAnswer(FareBreakdownDto)
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED')
  estimate(@Body() body: TripEstimateBodyDto): Promise<FareBreakdown> {
    const paymentMode = body.paymentMode ?? PaymentMode.cash;
    return this.rides.estimate(TripRequestDto.parse({ ...body, paymentMode }));
  }
}
