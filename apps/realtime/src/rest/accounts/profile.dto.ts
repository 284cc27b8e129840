import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { type Account } from '#libs/accounts';
import { Characters, PlainText, UserType } from '#libs/contracts';
import { EmailField, PhoneField, ShownGroups } from './contact-fields.js';
import { VehicleDto } from './vehicle.dto.js';

const NAME = { maxLength: 100, description: 'Shown to the other side of a trip' } as const;

/** What people see of their own account; times are ISO 8601. */
export class ProfileDto {
  @ApiProperty({ description: 'The `sub` of the tokens' })
  id: string;
  @ApiProperty({ enum: Object.values(UserType), description: 'Stays as it is' })
  userType: UserType;
  @ApiPropertyOptional({ description: 'In lower case, the domain in ASCII' })
  email?: string;
  @ApiPropertyOptional({ description: 'E.164' })
  phoneNumber?: string;
  @ApiPropertyOptional(NAME)
  name?: string;
  @ApiPropertyOptional({ description: 'Shown to the other side of a trip' })
  photoUrl?: string;
  @ApiPropertyOptional({ type: VehicleDto, description: 'The car of a driver' })
  vehicle?: VehicleDto;
  @ShownGroups()
  groups: readonly string[];
  @ApiProperty({ description: 'ISO 8601' })
  createdAt: string;
  @ApiProperty({ description: 'ISO 8601' })
  updatedAt: string;

  /** Without what admins note about the account. */
  static from({ statusReason: _, status: __, ...shown }: Account): ProfileDto {
    return shown;
  }
}

export class ChangeProfileDto {
  @ApiPropertyOptional({ type: String, nullable: true, ...NAME })
  @IsOptional()
  @PlainText({ min: 1, max: 100, line: true })
  name?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: 512,
    description: 'https URL on a server that PHOTO_ORIGINS names',
  })
  @IsOptional()
  @IsString()
  @MaxLength(512)
  photoUrl?: string | null;
}

/** How a new account is named and reached. */
export class NewPersonDto {
  @ApiPropertyOptional({ format: 'email', description: 'This or phoneNumber is needed to log in' })
  @IsOptional()
  @EmailField()
  email?: string;

  @ApiPropertyOptional({ description: 'With country code, in any spelling' })
  @IsOptional()
  @PhoneField()
  phoneNumber?: string;

  @ApiPropertyOptional(NAME)
  @IsOptional()
  @PlainText({ min: 1, max: 100, line: true })
  name?: string;
}

export class RegisterDto extends NewPersonDto {
  @ApiProperty({ minLength: 8, maxLength: 100, description: 'For the login' })
  @Characters({ min: 8, max: 100 })
  password: string;
}

export class RegisteredDto {
  @ApiProperty({ enum: [true], description: 'Log in now. The same for an address that is taken' })
  accepted: true;
}
