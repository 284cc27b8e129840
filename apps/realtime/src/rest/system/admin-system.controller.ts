import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ExportBacklog } from '#libs/exports';
import { InstanceBoard, InstanceDirectory, type InstanceStatus } from '#libs/instances';
import { Log } from '#libs/observability';
import { RedisReports } from '#libs/redis';
import { AdminOnly } from '../access.js';
import { ApiAnswer, ApiSessionRefusals } from '../api-answer.js';
import { CurrentCaller, type Caller } from '../caller.js';
import { IdPipe } from '../parameters.js';
import {
  InstanceHistoryDto,
  InstanceStatusDto,
  LogLevelDto,
  SinceQueryDto,
  SystemDto,
} from './system.dto.js';

/** How the service does, for people who run it. */
@ApiTags('admin')
@AdminOnly()
@Controller('admin/system')
export class AdminSystemController {
  constructor(
    private readonly board: InstanceBoard,
    private readonly directory: InstanceDirectory,
    private readonly redis: RedisReports,
    private readonly backlog: ExportBacklog,
    private readonly log: Log,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'The instances, Redis and the webhooks, as they are now',
    description:
      'Instances say how they do every 2 s, under a lease of 10 s: one that is gone is not live ' +
      'any more within that, and is remembered for an hour.',
  })
  @ApiAnswer(SystemDto)
  @ApiSessionRefusals('FORBIDDEN')
  async read(): Promise<SystemDto> {
    const [instances, redis, webhooks, deadLetters] = await Promise.all([
      this.board.listAll(),
      this.redis.read(),
      this.backlog.webhooks(),
      this.backlog.deadLetters(),
    ]);
    return {
      at: Date.now(),
      answeredBy: this.directory.id,
      instances,
      redis,
      webhooks,
      deadLetters,
    };
  }

  @Get('history')
  @ApiOperation({
    summary: 'What each instance has measured in the last hour, a sample every 20 s',
    description: 'With the time of the newest sample as `since` only those that follow.',
  })
  @ApiAnswer(InstanceHistoryDto, { list: 'all' })
  @ApiSessionRefusals('FORBIDDEN', 'VALIDATION_FAILED')
  history(@Query() { since }: SinceQueryDto): Promise<InstanceHistoryDto[]> {
    return this.board.histories(since ?? 0);
  }

  @Post('log-level')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Lets instances log more or less for a while',
    description: 'It begins within seconds. Answered are the instances that were told.',
  })
  @ApiAnswer(InstanceStatusDto, { list: 'all', status: HttpStatus.ACCEPTED })
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED')
  async changeLogLevel(
    @Body() { level, minutes, instance }: LogLevelDto,
    @CurrentCaller() caller: Caller,
  ): Promise<InstanceStatus[]> {
    const told = await this.board.orderLogLevel(level, minutes * 60_000, instance);
    const by = caller.kind === 'user' ? caller.principal.userId : caller.kind;
    this.log.info({ level, minutes, instance, by }, 'the log level was ordered');
    return told;
  }

  @Post('instances/:id/drain')
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({
    summary: 'Lets an instance send its clients away over DRAIN_PERIOD and end',
    description:
      'It begins within seconds. Whatever started it decides whether another one starts.',
  })
  @ApiParam({ name: 'id', description: 'Id of the instance' })
  @ApiAnswer(InstanceStatusDto, { status: HttpStatus.ACCEPTED, description: 'It was ordered.' })
  @ApiSessionRefusals('FORBIDDEN', 'NOT_FOUND', 'VALIDATION_FAILED')
  async drain(
    @Param('id', IdPipe) id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<InstanceStatus> {
    const instance = await this.board.orderDrain(id);
    const by = caller.kind === 'user' ? caller.principal.userId : caller.kind;
    this.log.info({ instance: id, by }, 'an instance was ordered to drain');
    return instance;
  }
}
