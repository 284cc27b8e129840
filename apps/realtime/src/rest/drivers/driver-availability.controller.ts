import { Controller, Delete, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { locationConfig, type ConfigType } from '#libs/config';
import { RequestError, UserType, type AvailabilitySnapshot, type Principal } from '#libs/contracts';
import { AvailabilityService } from '#libs/drivers';
import { NearbyDriversService, toTripUpdate, type NearbyDriver } from '#libs/fleet';
import { LocationService } from '#libs/location';
import { Log } from '#libs/observability';
import { Outbox } from '../../socket/sending/outbox.js';
import { Admit, AdminOnly } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { actorOf, CurrentCaller, CurrentPrincipal, type Caller } from '../caller.js';
import { IdPipe } from '../parameters.js';
import { RestCost } from '../rest-rate.js';
import {
  AvailabilityDto,
  DriverDetailDto,
  HistoryFixDto,
  NearbyDriverDto,
} from './driver-availability.dto.js';
import { HistoryQueryDto, NearbyQueryDto } from './driver-queries.dto.js';

@ApiTags('driver-availability')
@Controller('driver-availability')
export class DriverAvailabilityController {
  constructor(
    @Inject(locationConfig.KEY) private readonly settings: ConfigType<typeof locationConfig>,
    private readonly nearbyDrivers: NearbyDriversService,
    private readonly availability: AvailabilityService,
    private readonly locations: LocationService,
    private readonly outbox: Outbox,
    private readonly log: Log,
  ) {}

  @RestCost(5)
  @Get('nearby')
  @AdminOnly()
  @ApiOperation({
    summary:
      'Live drivers around a point, nearest first, with the age and quality of each position',
  })
  @ApiAnswer(NearbyDriverDto, { list: 'all' })
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED')
  nearby(@Query() query: NearbyQueryDto): Promise<NearbyDriver[]> {
    const { nearbyMaxRadiusMeters } = this.settings;
    if (query.radiusMeters > nearbyMaxRadiusMeters) {
      throw new RequestError('VALIDATION_FAILED', {
        details: [`radiusMeters must not be greater than ${nearbyMaxRadiusMeters}`],
      });
    }
    return this.nearbyDrivers.find({
      center: { lat: query.lat, lng: query.lng },
      radiusMeters: query.radiusMeters,
      limit: query.limit,
      includeUnavailable: query.includeUnavailable,
      maxAgeMs: query.maxAgeMs,
    });
  }

  @Get('driver-auth')
  @Admit(UserType.driver)
  @ApiBearerAuth()
  @ApiOperation({ summary: 'The availability of the driver who asks' })
  @ApiAnswer(AvailabilityDto)
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND')
  own(@CurrentPrincipal() { userId }: Principal): Promise<AvailabilitySnapshot> {
    return this.availability.find(userId);
  }

  @Get('by-driver/:driverId')
  @AdminOnly()
  @ApiOperation({ summary: 'The availability of a driver' })
  @ApiParam({ name: 'driverId', description: 'Id of the account' })
  @ApiAnswer(DriverDetailDto)
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND')
  byDriver(@Param('driverId', IdPipe) driverId: string): Promise<DriverDetailDto> {
    return this.detail(driverId);
  }

  @RestCost(5)
  @Get(':driverId/history')
  @AdminOnly()
  @ApiOperation({ summary: 'The fixes of a driver by time, late and buffered ones in their place' })
  @ApiParam({ name: 'driverId', description: 'Id of the account' })
  @ApiAnswer(HistoryFixDto, { list: 'all' })
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED')
  history(
    @Param('driverId', IdPipe) driverId: string,
    @Query() { from, to }: HistoryQueryDto,
  ): Promise<HistoryFixDto[]> {
    return this.locations.history(driverId, from, to ?? Date.now());
  }

  @Get(':driverId')
  @AdminOnly()
  @ApiOperation({ summary: 'The availability of a driver, with what was refused of its fixes' })
  @ApiParam({ name: 'driverId', description: 'Id of the account' })
  @ApiAnswer(DriverDetailDto)
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND')
  one(@Param('driverId', IdPipe) driverId: string): Promise<DriverDetailDto> {
    return this.detail(driverId);
  }

  @Delete(':driverId/trip')
  @AdminOnly()
  @ApiOperation({
    summary: 'Takes a driver off a trip of another system',
    description:
      'For one that `driver:trip:set` left busy, e.g. with an id that is no trip. Trips of ours are ' +
      'refused: they have actions of their own.',
  })
  @ApiParam({ name: 'driverId', description: 'Id of the account' })
  @ApiAnswer(AvailabilityDto)
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'DRIVER_ON_TRIP')
  async clearTrip(
    @Param('driverId', IdPipe) driverId: string,
    @CurrentCaller() caller: Caller,
  ): Promise<AvailabilitySnapshot> {
    const snapshot = await this.availability.setTrip(driverId, null);
    this.log.info({ driverId, by: actorOf(caller) }, 'a dispatcher cleared the trip of a driver');
    this.outbox.toDriver(driverId, 'driver:trip:update', toTripUpdate(snapshot));
    this.outbox.toDriver(driverId, 'driver:availability:update', snapshot);
    return snapshot;
  }

  private async detail(driverId: string): Promise<DriverDetailDto> {
    const [snapshot, refusedFixes] = await Promise.all([
      this.availability.findDetail(driverId),
      this.locations.refusedFixes(driverId),
    ]);
    return { ...snapshot, refusedFixes };
  }
}
