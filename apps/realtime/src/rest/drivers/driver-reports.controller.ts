import { Body, Controller, Get, HttpCode, HttpStatus, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequestError, UserType, type AvailabilitySnapshot, type Principal } from '#libs/contracts';
import { AvailabilityService } from '#libs/drivers';
import { LocationService } from '#libs/location';
import { Odometer } from '#libs/trips';
import { Outbox } from '../../socket/sending/outbox.js';
import { Admit, AdminOnly } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { CurrentPrincipal } from '../caller.js';
import { Page } from '../envelope.js';
import { AvailabilityDto } from './driver-availability.dto.js';
import {
  DriverFilterDto,
  DriverPageMetaDto,
  fixOf,
  PingLocationDto,
  PingResultDto,
  StatusByDriverDto,
} from './driver-reports.dto.js';
import { ReportingSessions } from './reporting-sessions.js';

/** A connection counts up; over REST there is none. */
const NO_EPOCH = 0;

/** What the apps of before say over REST, with the rules and answers of the socket. */
@ApiTags('driver-availability')
@Controller()
export class DriverReportsController {
  constructor(
    private readonly sessions: ReportingSessions,
    private readonly availability: AvailabilityService,
    private readonly locations: LocationService,
    private readonly odometer: Odometer,
    private readonly outbox: Outbox,
  ) {}

  @Get('driver-availability')
  @AdminOnly()
  @ApiOperation({
    summary: 'Drivers who are connected or reporting, by id',
    description:
      'Drivers come and go, so that numbered pages shift. `meta.nextAfter`, sent as `after`, gives ' +
      'the drivers that follow: none twice, and none left out who was there all the time.',
  })
  @ApiAnswer(AvailabilityDto, { list: 'page', meta: DriverPageMetaDto })
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED')
  async list(@Query() query: DriverFilterDto): Promise<Page<AvailabilitySnapshot>> {
    const { page, limit, after, ...filter } = query;
    const found = await this.availability.list(filter, { page, limit, after });
    const { total, drivers, nextAfter } = found;
    return new Page(drivers, { total, page, limit }, { nextAfter });
  }

  @Post('driver-availability/ping-location')
  @HttpCode(HttpStatus.OK)
  @Admit(UserType.driver)
  @ApiBearerAuth()
  @ApiOperation({ summary: 'A fix of the driver who asks; without a position a sign of life' })
  @ApiAnswer(PingResultDto)
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED', 'RATE_LIMITED', 'FIX_REFUSED')
  async pingLocation(
    @CurrentPrincipal() { userId, sid }: Principal,
    @Body() body: PingLocationDto,
  ): Promise<PingResultDto> {
    const device = this.sessions.take(sid);
    await this.availability.heartbeat(userId);
    const fix = fixOf(body);
    if (!fix) return { results: [], serverTime: Date.now() };
    const result = await this.locations.recordOrRefuse(userId, [fix], NO_EPOCH, device);
    if (this.odometer.isLookDue(userId, 1)) await this.odometer.keepFixesOf(userId);
    return result;
  }

  /** Where a passenger is, is kept nowhere. */
  @Post('users/ping-location')
  @HttpCode(HttpStatus.OK)
  @Admit(UserType.driver, UserType.passenger)
  @ApiBearerAuth()
  @ApiOperation({ summary: 'As above for drivers; of passengers no position is kept' })
  @ApiAnswer(PingResultDto)
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED', 'RATE_LIMITED', 'FIX_REFUSED')
  async pingUser(
    @CurrentPrincipal() principal: Principal,
    @Body() body: PingLocationDto,
  ): Promise<PingResultDto> {
    if (principal.userType === UserType.driver) return this.pingLocation(principal, body);
    this.sessions.take(principal.sid);
    return { results: [], serverTime: Date.now() };
  }

  @Patch('driver-availability/status-by-driver')
  @Admit(UserType.driver)
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Sets whether the driver who asks is online and available' })
  @ApiAnswer(AvailabilityDto)
  @ApiSessionRefusals(
    'FORBIDDEN',
    'VALIDATION_FAILED',
    'RATE_LIMITED',
    'DRIVER_ON_TRIP',
    'NOT_FOUND',
  )
  async updateStatus(
    @CurrentPrincipal() { userId, sid }: Principal,
    @Body() { driverId, ...request }: StatusByDriverDto,
  ): Promise<AvailabilitySnapshot> {
    if (driverId !== undefined && driverId !== null && driverId !== userId) {
      throw new RequestError('FORBIDDEN', { message: 'A driver changes only its own status.' });
    }
    this.sessions.take(sid);
    await this.availability.heartbeat(userId);
    const snapshot = await this.availability.updateStatus(userId, request);
    this.outbox.toDriver(userId, 'driver:availability:update', snapshot);
    return snapshot;
  }
}
