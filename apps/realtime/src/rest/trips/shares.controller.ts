import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiNoContentResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { UserType, type Principal } from '#libs/contracts';
import { SharesService } from '#libs/shares';
import { Admit } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { CurrentPrincipal } from '../caller.js';
import { IdPipe, MadeIdPipe } from '../parameters.js';
import { CreatedShareDto, CreateShareDto, ShareDto } from './share.dto.js';

@ApiTags('trips')
@Admit(UserType.passenger)
@ApiBearerAuth()
@ApiParam({ name: 'id', description: 'Id of the trip' })
@Controller('trips/:id/shares')
export class SharesController {
  constructor(private readonly shares: SharesService) {}

  @Post()
  @ApiOperation({
    summary: 'Makes a link by which anybody follows this trip, without an account',
    description: 'Whoever has it sees status, car, position and arrival until the trip is over.',
  })
  @ApiAnswer(CreatedShareDto, { status: HttpStatus.CREATED, description: 'Made.' })
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED', 'NOT_FOUND', 'CONFLICT')
  async create(
    @Param('id', MadeIdPipe) tripId: string,
    @CurrentPrincipal() { userId }: Principal,
    @Body() { ttlMs }: CreateShareDto,
  ): Promise<CreatedShareDto> {
    const { token, ...share } = await this.shares.create(tripId, userId, ttlMs);
    return { ...ShareDto.from(share), token };
  }

  @Get()
  @ApiOperation({ summary: 'The links of a trip that open it, the oldest first' })
  @ApiAnswer(ShareDto, { list: 'all' })
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED', 'NOT_FOUND')
  async list(
    @Param('id', MadeIdPipe) tripId: string,
    @CurrentPrincipal() { userId }: Principal,
  ): Promise<ShareDto[]> {
    return (await this.shares.list(tripId, userId)).map((share) => ShareDto.from(share));
  }

  @Delete(':shareId')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Revokes a link; whoever follows by it is sent away at once' })
  @ApiParam({ name: 'shareId', description: 'Id of the link' })
  @ApiNoContentResponse({ description: 'The link opens nothing any more.' })
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED', 'NOT_FOUND')
  async revoke(
    @Param('id', MadeIdPipe) tripId: string,
    @Param('shareId', IdPipe) shareId: string,
    @CurrentPrincipal() { userId }: Principal,
  ): Promise<void> {
    await this.shares.revoke(tripId, userId, shareId);
  }
}
