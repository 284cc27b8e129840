import { Controller, Get, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { DeadLettersService } from '#libs/exports';
import { AdminOnly } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { IdPipe } from '../parameters.js';
import { DeadLetterDto, ListDeadLettersDto } from './dead-letter.dto.js';

@ApiTags('admin')
@AdminOnly()
@Controller('admin/webhooks/dead-letters')
export class AdminDeadLettersController {
  constructor(private readonly deadLetters: DeadLettersService) {}

  @Get()
  @ApiOperation({
    summary: 'Facts that a webhook gave up, the oldest first',
    description: 'Those that follow: the same with the id of the last one as `after`.',
  })
  @ApiAnswer(DeadLetterDto, { list: 'all' })
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED')
  list(@Query() { limit, after }: ListDeadLettersDto): Promise<DeadLetterDto[]> {
    return this.deadLetters.list(limit, after);
  }

  @Post(':id/replay')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Gives a dead letter back to its webhook',
    description:
      'With the id, subject and version it had, behind the facts of its trip that wait, and with ' +
      'all attempts before it. It is no dead letter any more.',
  })
  @ApiParam({ name: 'id', description: 'Id of the dead letter' })
  @ApiAnswer(DeadLetterDto, { status: HttpStatus.ACCEPTED, description: 'It will be sent.' })
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'VALIDATION_FAILED')
  replay(@Param('id', IdPipe) id: string): Promise<DeadLetterDto> {
    return this.deadLetters.replay(id);
  }
}
