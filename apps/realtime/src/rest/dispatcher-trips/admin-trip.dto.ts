import { ApiProperty } from '@nestjs/swagger';
import { OfferStatus } from '#libs/contracts';
import { toTripView, type OfferRecord, type TripRecord } from '#libs/trips';
import { FareBreakdownDto } from '../trips/trip-request.dto.js';
import { TripDto } from '../trips/trip.dto.js';

/** A trip in a dispatcher's list. */
export class AdminTripDto extends TripDto {
  @ApiProperty({ type: 'integer', description: 'How long it is in its status, milliseconds' })
  statusAgeMs: number;
  @ApiProperty({ description: 'Whether that is longer than TRIP_STUCK_AFTER' }) isStuck: boolean;
}

class AdminOfferDto {
  @ApiProperty({ description: 'The offer' }) assignmentId: string;
  @ApiProperty({ description: 'Whom it was made to' }) driverId: string;
  @ApiProperty({ enum: Object.values(OfferStatus), description: 'What became of it' })
  status: OfferStatus;
  @ApiProperty({ type: String, nullable: true, description: 'Why the driver refused it' })
  reason: string | null;
  @ApiProperty({ description: 'ISO 8601' }) offeredAt: string;
  @ApiProperty({ type: String, nullable: true, description: 'On a device, ISO 8601' })
  deliveredAt: string | null;
  @ApiProperty({ description: 'ISO 8601' }) expiresAt: string;
  @ApiProperty({ type: String, nullable: true, description: 'When it was over, ISO 8601' })
  endedAt: string | null;
  @ApiProperty({ type: 'integer', description: 'From the driver to the pickup, straight' })
  distanceMeters: number;
  @ApiProperty({ type: 'integer', description: 'That the driver would need, milliseconds' })
  etaMs: number;
}

class AdminSearchDto {
  @ApiProperty({ description: 'When the present search began, ISO 8601' }) startedAt: string;
  @ApiProperty({ description: 'When it gives up, ISO 8601' }) endsAt: string;
  @ApiProperty({ type: 'integer', description: 'Rounds of all searches' }) rounds: number;
  @ApiProperty({ type: 'integer', description: 'As a dispatcher set it; 0 as configured' })
  radiusMeters: number;
  @ApiProperty({ type: 'integer', description: 'As a dispatcher set it; 0 as configured' })
  maxOffers: number;
  @ApiProperty({ type: 'integer', description: 'As a dispatcher set it; 0 as configured' })
  offerTtlMs: number;
}

/** A trip as only dispatchers see it. */
export class AdminTripDetailsDto extends AdminTripDto {
  @ApiProperty({ type: [AdminOfferDto], description: 'Every offer of it, in order' })
  offers: AdminOfferDto[];
  @ApiProperty({ type: AdminSearchDto, description: 'How drivers are looked for' })
  search: AdminSearchDto;
  @ApiProperty({ type: 'integer', description: 'Estimated with the request' })
  estimatedDistanceMeters: number;
  @ApiProperty({ type: 'integer', description: 'Estimated with the request, milliseconds' })
  estimatedDurationMs: number;
  @ApiProperty({ type: 'integer', description: 'Fixed with the request; 10000 is 1.0x' })
  surgeBasisPoints: number;
  @ApiProperty({ type: 'integer', description: 'At the pickup, milliseconds' }) waitingMs: number;
  @ApiProperty({ type: 'integer', description: 'Driven by the last look' }) drivenMeters: number;
  @ApiProperty({
    type: FareBreakdownDto,
    nullable: true,
    description: 'Lines of the fare, once completed; a fare that a dispatcher set may differ',
  })
  fare: Record<string, number | string> | null;
  @ApiProperty({ type: String, nullable: true, description: 'Of the dispatcher who cancelled it' })
  cancellationNote: string | null;
}

export function toAdminTrip(trip: TripRecord, isStuck: boolean): AdminTripDto {
  return { ...toTripView(trip), statusAgeMs: Math.max(0, Date.now() - trip.statusSince), isStuck };
}

export function toAdminTripDetails(trip: TripRecord, isStuck: boolean): AdminTripDetailsDto {
  const { startedAt, endsAt, rounds, radiusMeters, maxOffers, offerTtlMs } = trip.search;
  return {
    ...toAdminTrip(trip, isStuck),
    offers: trip.offers.map(toAdminOffer),
    search: {
      startedAt: isoOf(startedAt),
      endsAt: isoOf(endsAt),
      rounds,
      radiusMeters,
      maxOffers,
      offerTtlMs,
    },
    estimatedDistanceMeters: trip.estimate.distanceMeters,
    estimatedDurationMs: trip.estimate.durationMs,
    surgeBasisPoints: trip.estimate.surgeBasisPoints,
    waitingMs: trip.waiting.ms,
    drivenMeters: Math.round(trip.odometer.meters),
    fare: trip.final?.breakdown ?? null,
    cancellationNote: trip.cancellation?.note ?? null,
  };
}

function toAdminOffer(offer: OfferRecord): AdminOfferDto {
  const { assignmentId, driverId, status, reason, distanceMeters, etaMs } = offer;
  return {
    assignmentId,
    driverId,
    status,
    reason,
    offeredAt: isoOf(offer.offeredAt),
    deliveredAt: offer.deliveredAt > 0 ? isoOf(offer.deliveredAt) : null,
    expiresAt: isoOf(offer.expiresAt),
    endedAt: offer.answeredAt > 0 ? isoOf(offer.answeredAt) : null,
    distanceMeters,
    etaMs,
  };
}

function isoOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
