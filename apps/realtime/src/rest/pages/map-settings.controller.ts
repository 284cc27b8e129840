import { Controller, Get, Inject, Module } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { mapConfig, type ConfigType } from '#libs/config';
import { AdminOnly } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';

class MapViewDto {
  @ApiProperty({ description: 'Middle of the map, degrees, WGS84' }) lat: number;
  @ApiProperty({ description: 'Middle of the map, degrees, WGS84' }) lng: number;
  @ApiProperty({ description: 'As web maps count it, 0 to 24' }) zoom: number;
}

class MapSettingsDto {
  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'A MapLibre style instead of the bundled map, null for that; {theme} in it stands for light ' +
      'or dark',
  })
  styleUrl: string | null;
  @ApiProperty({ type: MapViewDto, description: 'What is shown at the first visit' })
  view: MapViewDto;
}

/** What the dispatcher's page has to know of its map. */
@ApiTags('admin')
@AdminOnly()
@Controller('admin/map')
export class MapSettingsController {
  constructor(@Inject(mapConfig.KEY) private readonly settings: ConfigType<typeof mapConfig>) {}

  @Get()
  @ApiOperation({ summary: "The style and the first view of the dispatcher's map" })
  @ApiAnswer(MapSettingsDto)
  @ApiSessionRefusals('FORBIDDEN')
  get(): MapSettingsDto {
    const { styleUrl, view } = this.settings;
    return { styleUrl, view };
  }
}

@Module({ controllers: [MapSettingsController] })
export class PagesRestModule {}
