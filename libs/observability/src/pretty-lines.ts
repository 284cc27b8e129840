import { styleText } from 'node:util';
import { type DestinationStream } from 'pino';

const LEVELS: Record<number, ['TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL', Color]> = {
  10: ['TRACE', 'gray'],
  20: ['DEBUG', 'gray'],
  30: ['INFO', 'green'],
  40: ['WARN', 'yellow'],
  50: ['ERROR', 'red'],
  60: ['FATAL', 'red'],
};
type Color = 'gray' | 'green' | 'yellow' | 'red';

/** Lines of the log as people read them, for a terminal; everywhere else they stay JSON. */
export function prettyLines(write: (text: string) => void): DestinationStream {
  return { write: (line) => write(`${pretty(line)}\n`) };
}

function pretty(line: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown> & {
    level: number;
    err?: { stack?: string };
  };
  const [name, color] = LEVELS[level] ?? ['INFO', 'green'];
  const clock = String(time).slice(11, 23);
  const fields = Object.entries(rest).map(([key, value]) => `${key}=${textOf(value)}`);
  const head = [clock, styleText(color, name.padEnd(5)), String(msg ?? ''), ...fields].join(' ');
  return err?.stack === undefined ? head : `${head}\n${err.stack}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
