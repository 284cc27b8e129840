import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { TripAudit, TripQueries, TripsService } from '#libs/trips';
import { AdminOnly } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { type Page } from '../envelope.js';
import { MadeIdPipe } from '../parameters.js';
import { RestCost } from '../rest-rate.js';
import { toPage, TripEventsQueryDto, TripPageMetaDto } from '../trips/trip-queries.dto.js';
import { AdminTripsQueryDto, toTripSearch } from './admin-trip-queries.dto.js';
import {
  AdminTripDetailsDto,
  AdminTripDto,
  toAdminTrip,
  toAdminTripDetails,
} from './admin-trip.dto.js';
import { AuditEntryDto, toAuditEntry } from './audit-entry.dto.js';
import { DispatchDecisionDto, toDispatchDecision } from './dispatch-decision.dto.js';

@ApiTags('admin')
@AdminOnly()
@Controller('admin/trips')
export class AdminTripsController {
  constructor(
    private readonly trips: TripsService,
    private readonly queries: TripQueries,
    private readonly audit: TripAudit,
  ) {}

  @RestCost(5)
  @Get()
  @ApiOperation({
    summary: 'Trips, the newest request first',
    description:
      'Of those that are kept (TRIP_ARCHIVE_AFTER, by default a day). Without a filter, or with ' +
      'onlyActive and times only, all are counted. Every other filter is tried on the newest ' +
      '1,000 trips of the person, of those that are not over or of all, whichever are fewest. ' +
      'When there are more, `meta.isComplete` is false, `meta.total` counts what was found, and ' +
      'the same search goes on with `meta.continueAt` as requestedTo; with onlyStuck, which ' +
      'begins with the oldest, as requestedFrom.',
  })
  @ApiAnswer(AdminTripDto, { list: 'page', meta: TripPageMetaDto })
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED')
  async list(@Query() query: AdminTripsQueryDto): Promise<Page<AdminTripDto>> {
    const page = await this.queries.search(toTripSearch(query), query);
    return toPage(page, query, (trip) => toAdminTrip(trip, this.queries.isStuck(trip)));
  }

  @Get(':id')
  @ApiOperation({ summary: 'A trip with its offers, its search and the lines of its fare' })
  @ApiParam({ name: 'id', description: 'The trip' })
  @ApiAnswer(AdminTripDetailsDto)
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED')
  async get(@Param('id', MadeIdPipe) tripId: string): Promise<AdminTripDetailsDto> {
    const trip = await this.trips.get(tripId);
    return toAdminTripDetails(trip, this.queries.isStuck(trip));
  }

  @Get(':id/events')
  @ApiOperation({
    summary: 'The audit trail of a trip: what happened, who did it, who was told',
    description: 'The newest 1,000 entries are kept.',
  })
  @ApiParam({ name: 'id', description: 'The trip' })
  @ApiAnswer(AuditEntryDto, { list: 'all' })
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED')
  async events(
    @Param('id', MadeIdPipe) tripId: string,
    @Query() { after }: TripEventsQueryDto,
  ): Promise<AuditEntryDto[]> {
    return (await this.audit.auditTrail(tripId, after)).map(toAuditEntry);
  }

  @Get(':id/decisions')
  @ApiOperation({
    summary: 'Every round of the search: who was considered, why not asked, what offers became',
  })
  @ApiParam({ name: 'id', description: 'The trip' })
  @ApiAnswer(DispatchDecisionDto, { list: 'all' })
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED')
  async decisions(@Param('id', MadeIdPipe) tripId: string): Promise<DispatchDecisionDto[]> {
    return (await this.audit.decisions(tripId)).map(toDispatchDecision);
  }
}
