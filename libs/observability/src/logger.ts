import { type LoggerService } from '@nestjs/common';
import {
  pino,
  stdTimeFunctions,
  type DestinationStream,
  type Logger as PinoLogger,
  type LoggerOptions,
} from 'pino';

/** Tokens, passwords and exact positions never reach the log, wherever an object carries them. */
const REDACTED = [
  'token',
  'accessToken',
  'refreshToken',
  'password',
  'secret',
  'secrets',
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
    redact: {
      paths: [...REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), ...REDACTED_PATHS],
      censor: '[redacted]',
    },
  };
  return destination ? pino(options, destination) : pino(options);
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
