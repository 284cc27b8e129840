import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { TripParty, UserType, type TripView } from '#libs/contracts';
import { RidesService, toTripView, TripAudit, TripQueries } from '#libs/trips';
import { Admit, API_KEY_SCHEME } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { CurrentCaller, type Caller, actorOf, assertSelf } from '../caller.js';
import { type Page } from '../envelope.js';
import { IdPipe, MadeIdPipe } from '../parameters.js';
import { RestCost } from '../rest-rate.js';
import { CancelTripDto } from './trip-bodies.dto.js';
import { toTripEvent, TripEventDto } from './trip-event.dto.js';
import {
  toPage,
  TripEventsQueryDto,
  TripPageMetaDto,
  TripPageQueryDto,
} from './trip-queries.dto.js';
import { TripDto } from './trip.dto.js';

/** What passengers, drivers and dispatchers read alike; a trip of others does not exist for them. */
@ApiTags('trips')
@ApiBearerAuth()
@Controller('trips')
export class TripsController {
  constructor(
    private readonly rides: RidesService,
    private readonly queries: TripQueries,
    private readonly audit: TripAudit,
  ) {}

  @RestCost(5)
  @Get('history')
  @Admit(UserType.passenger, UserType.driver)
  @ApiOperation({
    summary: 'The own trips that are over, the newest request first',
    description:
      'Of those that are kept (TRIP_ARCHIVE_AFTER, by default a day) the newest 200 are looked ' +
      'at; `meta.isComplete` says whether that were all.',
  })
  @ApiAnswer(TripDto, { list: 'page', meta: TripPageMetaDto })
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED')
  async history(
    @CurrentCaller() caller: Caller,
    @Query() wanted: TripPageQueryDto,
  ): Promise<Page<TripView>> {
    return toPage(await this.queries.history(actorOf(caller), wanted), wanted, toTripView);
  }

  @Get('active')
  @Admit(UserType.passenger, UserType.driver)
  @ApiOperation({ summary: 'The own trip that is not over; null for none' })
  @ApiAnswer(TripDto, { nullable: true })
  @ApiSessionRefusals('FORBIDDEN')
  active(@CurrentCaller() caller: Caller): Promise<TripView | null> {
    const { kind, id } = actorOf(caller);
    return this.activeOf(kind, id ?? '');
  }

  @Get('passengers/:id/active-trip')
  @Admit(UserType.passenger, UserType.admin)
  @ApiSecurity(API_KEY_SCHEME)
  @ApiOperation({ summary: 'The trip of a passenger that is not over; null for none' })
  @ApiParam({ name: 'id', description: 'Id of the account' })
  @ApiAnswer(TripDto, { nullable: true })
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED')
  ofPassenger(
    @CurrentCaller() caller: Caller,
    @Param('id', IdPipe) passengerId: string,
  ): Promise<TripView | null> {
    assertSelf(actorOf(caller), passengerId);
    return this.activeOf(TripParty.passenger, passengerId);
  }

  @Get('drivers/:id/active-trip')
  @Admit(UserType.driver, UserType.admin)
  @ApiSecurity(API_KEY_SCHEME)
  @ApiOperation({ summary: 'The trip that a driver is on; null for none' })
  @ApiParam({ name: 'id', description: 'Id of the account' })
  @ApiAnswer(TripDto, { nullable: true })
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED')
  ofDriver(
    @CurrentCaller() caller: Caller,
    @Param('id', IdPipe) driverId: string,
  ): Promise<TripView | null> {
    assertSelf(actorOf(caller), driverId);
    return this.activeOf(TripParty.driver, driverId);
  }

  @Get(':id')
  @Admit(UserType.passenger, UserType.driver, UserType.admin)
  @ApiSecurity(API_KEY_SCHEME)
  @ApiOperation({ summary: 'A trip, for its passenger, its driver and dispatchers' })
  @ApiParam({ name: 'id', description: 'The trip' })
  @ApiAnswer(TripDto)
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED')
  async get(
    @CurrentCaller() caller: Caller,
    @Param('id', MadeIdPipe) tripId: string,
  ): Promise<TripView> {
    return toTripView(await this.rides.read(actorOf(caller), tripId));
  }

  @Get(':id/events')
  @Admit(UserType.passenger, UserType.driver, UserType.admin)
  @ApiSecurity(API_KEY_SCHEME)
  @ApiOperation({
    summary: 'What was told about a trip',
    description:
      'People read what they were told themselves, also drivers who were asked and did not take ' +
      'it; dispatchers read all of it.',
  })
  @ApiParam({ name: 'id', description: 'The trip' })
  @ApiAnswer(TripEventDto, { list: 'all' })
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED')
  async events(
    @CurrentCaller() caller: Caller,
    @Param('id', MadeIdPipe) tripId: string,
    @Query() { after }: TripEventsQueryDto,
  ): Promise<TripEventDto[]> {
    const by = actorOf(caller);
    const isAdmin = by.kind === TripParty.admin;
    const entries = isAdmin
      ? await this.audit.auditTrail(tripId, after)
      : await this.audit.told(by, tripId, after);
    return entries.map((entry) => toTripEvent(entry, isAdmin));
  }

  @Post(':id/cancel')
  @HttpCode(HttpStatus.OK)
  @Admit(UserType.passenger, UserType.driver)
  @ApiOperation({ summary: 'Cancels a trip that is not over' })
  @ApiParam({ name: 'id', description: 'The trip' })
  @ApiAnswer(TripDto)
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED', 'TRIP_STATUS_CONFLICT')
  async cancel(
    @CurrentCaller() caller: Caller,
    @Param('id', MadeIdPipe) tripId: string,
    @Body() { reason }: CancelTripDto,
  ): Promise<TripView> {
    const by = actorOf(caller);
    const { trip } = await this.rides.cancel(by, tripId, reason ?? `${by.kind}_cancelled`);
    return toTripView(trip);
  }

  private async activeOf(kind: TripParty, personId: string): Promise<TripView | null> {
    const trip = await this.queries.activeOf(kind, personId);
    return trip && toTripView(trip);
  }
}
