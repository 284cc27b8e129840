import { Body, Controller, HttpCode, HttpStatus, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  PaymentMode,
  TripRequestDto,
  UserType,
  type FareBreakdown,
  type Principal,
  type TripView,
} from '#libs/contracts';
import { RidesService, toTripView } from '#libs/trips';
import { Admit } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { CurrentPrincipal } from '../caller.js';
import { ApiIdempotencyKey, IdempotencyKey } from './idempotency-key.js';
import { FareBreakdownDto, TripEstimateBodyDto, TripRequestBodyDto } from './trip-request.dto.js';
import { TripDto } from './trip.dto.js';

@ApiTags('trips')
@Admit(UserType.passenger)
@ApiBearerAuth()
@Controller('trips')
export class PassengerTripsController {
  constructor(private readonly rides: RidesService) {}

  @Post()
  @ApiIdempotencyKey()
  @ApiOperation({ summary: 'Requests a trip; the search for a driver begins at once' })
  @ApiAnswer(TripDto, { status: HttpStatus.CREATED, description: 'Requested.' })
  @ApiSessionRefusals(
    'FORBIDDEN',
    'VALIDATION_FAILED',
    'TRIP_ACTIVE',
    'IDEMPOTENCY_KEY_REUSED',
    'RATE_LIMITED',
  )
  async request(
    @CurrentPrincipal() { userId }: Principal,
    @Body() body: TripRequestBodyDto,
    @IdempotencyKey() key: string | undefined,
  ): Promise<TripView> {
    const { trip } = await this.rides.request(userId, TripRequestDto.parse(body), key);
    return toTripView(trip);
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
