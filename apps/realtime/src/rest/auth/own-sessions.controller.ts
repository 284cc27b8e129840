import { Controller, Delete, Get, HttpCode, HttpStatus, Param } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiNoContentResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { SessionsService } from '#libs/auth';
import { SessionEndReason, type Principal } from '#libs/contracts';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { CurrentPrincipal } from '../caller.js';
import { IdPipe } from '../parameters.js';
import { RevokedSessionsDto, SessionAnswerDto } from './session-answer.dto.js';

@ApiTags('auth')
@ApiBearerAuth()
@Controller('auth/sessions')
export class OwnSessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Get()
  @ApiOperation({ summary: 'The live sessions of the caller, the newest first' })
  @ApiAnswer(SessionAnswerDto, { list: 'all' })
  @ApiSessionRefusals()
  async list(@CurrentPrincipal() { userId, sid }: Principal): Promise<SessionAnswerDto[]> {
    const sessions = await this.sessions.list(userId);
    return sessions.map((session) => SessionAnswerDto.from(session, sid));
  }

  @Delete()
  @ApiOperation({
    summary: 'Ends all sessions of the caller, this one too, and cuts their sockets',
  })
  @ApiAnswer(RevokedSessionsDto)
  @ApiSessionRefusals()
  async revokeAll(@CurrentPrincipal() { userId }: Principal): Promise<RevokedSessionsDto> {
    return { revoked: await this.sessions.revokeAll(userId, SessionEndReason.revokedByUser) };
  }

  @Delete(':sid')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Ends a session of the caller and cuts its sockets' })
  @ApiParam({ name: 'sid', description: 'Id of the session' })
  @ApiNoContentResponse({ description: 'The session has ended.' })
  @ApiSessionRefusals('NOT_FOUND', 'VALIDATION_FAILED')
  async revoke(
    @CurrentPrincipal() { userId }: Principal,
    @Param('sid', IdPipe) sid: string,
  ): Promise<void> {
    await this.sessions.revoke(sid, userId, SessionEndReason.revokedByUser);
  }
}
