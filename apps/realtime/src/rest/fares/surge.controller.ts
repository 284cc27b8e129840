import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Put, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SurgeService } from '#libs/fares';
import { AdminOnly } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { SetSurgeDto, SurgeDto, SurgePointDto } from './surge.dto.js';

@ApiTags('admin')
@AdminOnly()
@Controller('admin/surge')
export class SurgeController {
  constructor(private readonly surges: SurgeService) {}

  @Get()
  @ApiOperation({ summary: 'The cells with a surge now, the first to end first' })
  @ApiAnswer(SurgeDto, { list: 'all' })
  @ApiSessionRefusals('FORBIDDEN')
  list(): Promise<SurgeDto[]> {
    return this.surges.list();
  }

  @Put()
  @ApiOperation({
    summary: 'Sets the surge of the cell around a point for a time',
    description:
      'Trips that are requested in the cell from now on cost more; those requested before keep ' +
      'their price. A surge that the cell has is replaced. Cells are 1.22 km from south to ' +
      'north, and that times the cosine of the latitude from west to east.',
  })
  @ApiAnswer(SurgeDto)
  @ApiSessionRefusals('FORBIDDEN', 'CONFLICT', 'VALIDATION_FAILED')
  set(@Body() { lat, lng, surgeBasisPoints, ttlMs }: SetSurgeDto): Promise<SurgeDto> {
    return this.surges.set({ lat, lng }, surgeBasisPoints, ttlMs);
  }

  @Delete()
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Ends the surge of the cell around a point' })
  @ApiNoContentResponse({ description: 'The cell has no surge any more.' })
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED')
  clear(@Query() { lat, lng }: SurgePointDto): Promise<void> {
    return this.surges.clear({ lat, lng });
  }
}
