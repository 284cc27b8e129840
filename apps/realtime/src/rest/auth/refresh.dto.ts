import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';

/** For refresh and logout. */
export class RefreshDto {
  @ApiPropertyOptional({ description: 'Not needed where the cookie holds it' })
  @IsOptional()
  @IsString()
  @Length(1, 4_096)
  refreshToken?: string;
}
