import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { ID_PATTERN, OneOf } from '#libs/contracts';
import { type WebhookBacklog } from '#libs/exports';
import {
  type InstanceFigures,
  type InstanceSample,
  type InstanceStatus,
  type ListedInstance,
} from '#libs/instances';
import { LOG_LEVELS, type LogLevel } from '#libs/observability';
import { type RedisFigures, type RedisReport, type RedisServerReport } from '#libs/redis';
import { QueryInstant } from '../parameters.js';

const delay = (description: string) =>
  ApiProperty({
    type: Number,
    nullable: true,
    description: `${description}, ms; null without any`,
  });

export class InstanceFiguresDto implements InstanceFigures {
  @ApiProperty({ type: 'integer', description: 'Open connections' })
  connections: number;
  @ApiProperty({ description: 'Requests of sockets that were answered, a second' })
  requestsPerSecond: number;
  @ApiProperty({ description: 'Messages that were written to clients, a second' })
  messagesPerSecond: number;
  @delay('Median from when the server knew of something to when it was written to a client')
  deliveryP50Ms: number | null;
  @delay('The same, exceeded by one of a hundred')
  deliveryP99Ms: number | null;
  @delay('Median from sending to Redis to its reply')
  redisP50Ms: number | null;
  @delay('The same, exceeded by one of a hundred')
  redisP99Ms: number | null;
  @ApiProperty({ description: 'Share of the time in which the event loop was busy, 0 to 1' })
  loopBusy: number;
  @ApiProperty({ type: 'integer', description: 'Memory of the process' })
  memoryBytes: number;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description:
      'How often something was refused or cut, by code; OTHER beyond the 12 most frequent',
  })
  refusals: Record<string, number>;
}

export class InstanceSampleDto extends InstanceFiguresDto implements InstanceSample {
  @ApiProperty({ type: 'integer', description: 'When it was taken, epoch milliseconds' })
  at: number;
}

export class InstanceStatusDto implements InstanceStatus {
  @ApiProperty({ description: 'Of this start of the instance' })
  id: string;
  @ApiProperty({ description: 'Where the other instances reach it' })
  host: string;
  @ApiProperty({ type: 'integer', description: 'Where the other instances reach it' })
  port: number;
  @ApiProperty({ description: 'Its release' })
  version: string;
  @ApiProperty({ description: 'Since when it runs, ISO 8601' })
  startedAt: string;
  @ApiProperty({ type: 'integer', description: 'Open connections' })
  connections: number;
  @ApiProperty({ description: 'Whether it sends its clients away' })
  draining: boolean;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why it lets nobody in although it is not draining; null while it does',
  })
  pressure: string | null;
  @ApiProperty({
    type: InstanceFiguresDto,
    nullable: true,
    description: 'Of the last 10 s; null of an older release',
  })
  figures: InstanceFiguresDto | null;
}

export class ListedInstanceDto extends InstanceStatusDto implements ListedInstance {
  @ApiProperty({ description: 'Whether it has said something within its lease of 10 s' })
  isLive: boolean;
  @ApiProperty({ type: 'integer', description: 'Since it has said something, milliseconds' })
  silentMs: number;
}

export class RedisFiguresDto implements RedisFigures {
  @ApiProperty({ description: 'Release of Redis or Valkey' })
  version: string;
  @ApiProperty({ type: 'integer', description: 'Since its start; of several, the last start' })
  uptimeMs: number;
  @ApiProperty({ type: 'integer', description: 'Memory that its data takes' })
  usedMemoryBytes: number;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Its limit; null for none, of several where one has none',
  })
  maxMemoryBytes: number | null;
  @ApiProperty({ type: 'integer', description: 'Connections to it' })
  clients: number;
  @ApiProperty({ type: 'integer', description: 'Commands a second' })
  commandsPerSecond: number;
  @ApiProperty({
    type: 'integer',
    description: 'Keys that were dropped because memory was short; more than 0 is a loss of data',
  })
  evictedKeys: number;
  @ApiProperty({ description: 'Whether every write goes to a log on disk' })
  isLogged: boolean;
  @ApiProperty({ description: 'Whether the last writes to disk have succeeded' })
  isSaved: boolean;
}

export class RedisServerDto implements RedisServerReport {
  @ApiProperty({ description: '`host:port`' })
  address: string;
  @ApiProperty({
    description: '`master`; `slave` of one that was just replaced; empty without an answer',
  })
  role: string;
  @ApiProperty({ type: 'integer', description: 'Copies that are connected to it' })
  replicas: number;
  @ApiProperty({
    type: RedisFiguresDto,
    nullable: true,
    description: 'Null where it does not answer',
  })
  figures: RedisFiguresDto | null;
}

export class RedisReportDto extends RedisFiguresDto implements RedisReport {
  @ApiProperty({ description: 'As REDIS_MODE says: `standalone`, `sentinel` or `cluster`' })
  mode: string;
  @ApiProperty({
    type: [RedisServerDto],
    description: 'Each server that takes writes: one, or the primaries of a cluster',
  })
  servers: RedisServerDto[];
}

export class WebhookBacklogDto implements WebhookBacklog {
  @ApiProperty({ description: 'Name of the webhook: `webhooks`, `webhooks-2`, ...' })
  endpoint: string;
  @ApiProperty({ type: 'integer', description: 'Facts that it has not delivered yet' })
  waiting: number;
}

export class SystemDto {
  @ApiProperty({ type: 'integer', description: 'When this was read, epoch milliseconds' })
  at: number;
  @ApiProperty({ description: 'Id of the instance that answered' })
  answeredBy: string;
  @ApiProperty({
    type: [ListedInstanceDto],
    description: 'Those that live, the oldest first, then those that went within the last hour',
  })
  instances: ListedInstanceDto[];
  @ApiProperty({
    type: RedisReportDto,
    description: 'At most 2 s old: sums over all servers that take writes, and each of them',
  })
  redis: RedisReportDto;
  @ApiProperty({ type: [WebhookBacklogDto], description: 'Empty without WEBHOOK_URL' })
  webhooks: WebhookBacklogDto[];
  @ApiProperty({ type: 'integer', description: 'Facts that webhooks have given up' })
  deadLetters: number;
}

export class LogLevelDto {
  @ApiProperty({ enum: LOG_LEVELS, description: 'How much is logged' })
  @OneOf(LOG_LEVELS)
  level: LogLevel;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 1_440,
    description: 'After this time it is as configured again',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_440)
  minutes = 10;

  @ApiPropertyOptional({ description: 'Id of the instance; all of them without it' })
  @IsOptional()
  @IsString()
  @Matches(ID_PATTERN)
  instance?: string;
}

export class SinceQueryDto {
  @QueryInstant({ description: 'Only samples that are younger' })
  since?: number;
}

export class InstanceHistoryDto {
  @ApiProperty({ description: 'Id of the instance' })
  id: string;
  @ApiProperty({ type: [InstanceSampleDto], description: 'The oldest first' })
  samples: InstanceSampleDto[];
}
