import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { AccountsService } from '#libs/accounts';
import { SessionsService, type ClientInfo } from '#libs/auth';
import { SessionEndReason } from '#libs/contracts';
import { AdminOnly } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { deviceInfoText } from '../auth/login.dto.js';
import { RevokedSessionsDto, SessionAnswerDto } from '../auth/session-answer.dto.js';
import { Client } from '../caller.js';
import { IdPipe } from '../parameters.js';
import { OpenedSessionDto, OpenSessionDto } from './admin-session.dto.js';

@ApiTags('admin')
@AdminOnly()
@Controller('admin')
export class AdminSessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly accounts: AccountsService,
  ) {}

  @Get('users/:id/sessions')
  @ApiOperation({ summary: 'The live sessions of a user, the newest first' })
  @ApiParam({ name: 'id', description: 'Id of the account' })
  @ApiAnswer(SessionAnswerDto, { list: 'all' })
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND')
  async list(@Param('id', IdPipe) id: string): Promise<SessionAnswerDto[]> {
    await this.accounts.get(id);
    return (await this.sessions.list(id)).map((session) => SessionAnswerDto.from(session));
  }

  @Delete('users/:id/sessions')
  @ApiOperation({ summary: 'Ends all sessions of a user and cuts their sockets' })
  @ApiParam({ name: 'id', description: 'Id of the account' })
  @ApiAnswer(RevokedSessionsDto)
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND')
  async revokeAll(@Param('id', IdPipe) id: string): Promise<RevokedSessionsDto> {
    return { revoked: await this.sessions.revokeAll(id, SessionEndReason.revokedByAdmin) };
  }

  @Post('sessions')
  @ApiOperation({
    summary: 'Opens a session for a user of your own identity service (JWT_MODE=external)',
    description:
      'Creates the account when there is none. Tokens that name this userId as `sub` and this ' +
      '`sid` are accepted until the session ends. The same session again is prolonged.',
  })
  @ApiAnswer(OpenedSessionDto, { status: HttpStatus.CREATED, description: 'Open.' })
  @ApiSessionRefusals('FORBIDDEN', 'CONFLICT', 'VALIDATION_FAILED')
  open(@Body() body: OpenSessionDto, @Client() client: ClientInfo): Promise<OpenedSessionDto> {
    const { userId, userType, sid, ttlMs } = body;
    const deviceInfo = deviceInfoText(body.deviceInfo);
    return this.sessions.openForeign({
      userId,
      userType,
      ...(sid ? { sid } : {}),
      ...(ttlMs ? { ttlMs } : {}),
      ...(deviceInfo ? { deviceInfo } : {}),
      client,
    });
  }

  @Delete('sessions/:sid')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Ends a session and cuts its sockets' })
  @ApiParam({ name: 'sid', description: 'Id of the session' })
  @ApiNoContentResponse({ description: 'The session has ended.' })
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED')
  async revoke(@Param('sid', IdPipe) sid: string): Promise<void> {
    await this.sessions.revoke(sid, null, SessionEndReason.revokedByAdmin);
  }
}
