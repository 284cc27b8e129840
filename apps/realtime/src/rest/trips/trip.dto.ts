import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  PaymentMode,
  TripParty,
  TripStatus,
  type DriverCard,
  type PassengerCard,
  type TripPlace,
  type TripStop,
  type TripView,
  type Vehicle,
} from '#libs/contracts';
import { VehicleDto } from '../accounts/vehicle.dto.js';

const DEGREES = 'Degrees, WGS84';

export class TripPlaceDto implements TripPlace {
  @ApiProperty({ description: DEGREES }) lat: number;
  @ApiProperty({ description: DEGREES }) lng: number;
  @ApiProperty({ type: String, nullable: true, description: 'As the passenger gave it' })
  address: string | null;
}

export class TripStopDto extends TripPlaceDto implements TripStop {
  @ApiPropertyOptional({ description: 'Id of the place at the map service' }) placeId?: string;
  @ApiPropertyOptional({ description: 'For the driver' }) notes?: string;
}

export class PassengerCardDto implements PassengerCard {
  @ApiProperty({ description: 'Id of the account' }) id: string;
  @ApiProperty({ type: String, nullable: true, description: 'Null when it is not known' })
  name: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'As the person set it' })
  photoUrl: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'All but two digits are hidden' })
  phoneMasked: string | null;
}

export class DriverCardDto extends PassengerCardDto implements DriverCard {
  @ApiProperty({ type: String, nullable: true, description: 'Always null' }) phone: null;
  @ApiProperty({ type: Number, nullable: true, description: 'Always null' }) ratingAvg: null;
  @ApiProperty({ type: Number, nullable: true, description: 'Always null' }) ratingCount: null;
}

export class TripCancellationDto {
  @ApiProperty({ enum: Object.values(TripParty), description: 'Who cancelled it' }) by: TripParty;
  @ApiProperty({ description: 'As it was given' }) reason: string;
}

/** Times are ISO 8601, amounts are minor units of `currency`. */
export class TripDto implements TripView {
  @ApiProperty({ description: 'The trip' }) id: string;
  @ApiProperty({ description: 'The same as id' }) tripId: string;
  @ApiProperty({ type: 'integer', description: 'The number of its newest event' }) version: number;
  @ApiProperty({ enum: Object.values(TripStatus), description: 'Where it is' })
  status: TripStatus;
  @ApiProperty({ enum: Object.values(TripStatus), description: 'The same as status' })
  currentStatus: TripStatus;
  @ApiProperty({ description: 'Since when it is there, ISO 8601' }) statusSince: string;
  @ApiProperty({ description: 'Id of the account' }) passengerId: string;
  @ApiProperty({ type: PassengerCardDto, nullable: true, description: 'Who is driven' })
  passenger: PassengerCard | null;
  @ApiProperty({ type: String, nullable: true, description: 'Null until a driver has taken it' })
  driverId: string | null;
  @ApiProperty({ type: DriverCardDto, nullable: true, description: 'Who drives' })
  driver: DriverCard | null;
  @ApiProperty({ type: String, nullable: true, description: 'The vehicle, if it is known' })
  vehicleId: string | null;
  @ApiProperty({
    type: VehicleDto,
    nullable: true,
    description: 'The car of the driver, as the account had it at the acceptance',
  })
  vehicle: Vehicle | null;
  @ApiProperty({ type: String, nullable: true, description: 'The offer that the driver took' })
  assignmentId: string | null;
  @ApiProperty({ enum: Object.values(PaymentMode), description: 'How it is paid' })
  paymentMode: PaymentMode;
  @ApiProperty({ type: TripPlaceDto, description: 'Where the passenger is picked up' })
  pickup: TripPlace;
  @ApiProperty({ type: [TripStopDto], description: 'In the order of the drive; dropoff last' })
  stops: TripStop[];
  @ApiProperty({ type: String, nullable: true, description: 'As it was requested' })
  vehicleCategoryId: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'As it was requested' })
  serviceClassId: string | null;
  @ApiProperty({ description: 'ISO 8601' }) requestedAt: string;
  @ApiProperty({ type: String, nullable: true, description: 'When a driver took it, ISO 8601' })
  acceptedAt: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'At the pickup, ISO 8601' })
  arrivedAt: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'When the ride began, ISO 8601' })
  startedAt: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'ISO 8601' })
  completedAt: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'ISO 8601' })
  cancelledAt: string | null;
  @ApiProperty({ type: TripCancellationDto, nullable: true, description: 'By whom and why' })
  cancellation: TripCancellationDto | null;
  @ApiProperty({ type: String, nullable: true, description: 'Why no driver was found' })
  noDriversReason: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Since when the driver is out of reach, ISO 8601',
  })
  driverLostAt: string | null;
  @ApiProperty({ type: 'integer', description: 'The estimate, minor units' })
  fareEstimatedTotal: number;
  @ApiProperty({ description: 'The same as currency' }) fareFinalCurrency: string;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Minor units, once completed' })
  fareTotal: number | null;
  @ApiProperty({ description: 'ISO 4217' }) currency: string;
  @ApiProperty({ type: 'integer', description: 'For waiting at the pickup, minor units' })
  waitingSurcharge: number;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Charged, once completed' })
  distanceMeters: number | null;
  @ApiProperty({ type: 'integer', nullable: true, description: 'Charged, once completed' })
  durationSec: number | null;
}
