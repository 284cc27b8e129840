import { type LoggerService } from '@nestjs/common';
import {
  pino,
  stdTimeFunctions,
  type DestinationStream,
  type Logger as PinoLogger,
  type LoggerOptions,
} from 'pino';
import { trace } from '@opentelemetry/api';
import { prettyLines } from './pretty-lines.js';
import { currentWork } from './tracing/work.js';

/** Secrets, contacts, what people write and exact positions never reach the log, wherever an object carries them. */
const REDACTED = [
  'token',
  'accessToken',
  'refreshToken',
  'password',
  'secret',
  'secrets',
  'apiKey',
  'share',
  'email',
  'phoneNumber',
  'text',
  'signature',
  'authorization',
  'cookie',
  'lat',
  'lng',
  'latitude',
  'longitude',
  'coordinates',
  'coords',
];

export type StructuredLogger = PinoLogger;

/** What a failed Redis command was sent: packed positions, hashes of passwords, addresses. */
const REDACTED_PATHS = ['err.command.args'];

export function createLogger(level: string, destination?: DestinationStream): StructuredLogger {
  const options: LoggerOptions = {
    level,
    base: undefined,
    timestamp: stdTimeFunctions.isoTime,
    mixin: correlation,
    redact: {
      paths: [...REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), ...REDACTED_PATHS],
      censor: '[redacted]',
    },
  };
  if (destination) return pino(options, destination);
  const isTerminal = process.stdout.isTTY;
  return isTerminal
    ? pino(
        options,
        prettyLines((text) => process.stdout.write(text)),
      )
    : pino(options);
}

/** What all lines of a request have in common, and by which its trace is found. */
function correlation(): { requestId?: string; traceId?: string } {
  const work = currentWork();
  if (!work) return {};
  const traceId = work.context && trace.getSpanContext(work.context)?.traceId;
  return { requestId: work.id, ...(traceId === undefined ? {} : { traceId }) };
}

/** Lets Nest speak through the same structured log. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: StructuredLogger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  private write(
    level: 'trace' | 'debug' | 'warn' | 'error' | 'fatal',
    message: unknown,
    rest: unknown[],
  ): void {
    const context = rest.at(-1);
    const bindings = {
      ...(typeof context === 'string' ? { context } : {}),
      ...(message instanceof Error ? { err: message } : {}),
    };
    this.logger[level](bindings, message instanceof Error ? message.message : String(message));
  }
}
