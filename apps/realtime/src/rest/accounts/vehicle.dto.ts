import { ApiProperty } from '@nestjs/swagger';
import { PlainText, type Vehicle } from '#libs/contracts';

/** The car of a driver, as people on the street see it. */
export class VehicleDto implements Vehicle {
  @ApiProperty({ maxLength: 50, description: 'e.g. Toyota' })
  @PlainText({ min: 1, max: 50, line: true })
  make: string;

  @ApiProperty({ maxLength: 50, description: 'e.g. Prius' })
  @PlainText({ min: 1, max: 50, line: true })
  model: string;

  @ApiProperty({ maxLength: 30, description: 'In words' })
  @PlainText({ min: 1, max: 30, line: true })
  color: string;

  @ApiProperty({ maxLength: 20, description: 'As it is written on the car' })
  @PlainText({ min: 1, max: 20, line: true })
  plate: string;
}
