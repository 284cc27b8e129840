import { type BenchArguments } from './arguments.js';

/** What every case is given. */
export interface BenchContext {
  readonly redisUrl: string;
  readonly redisPid: number;
  readonly arguments: BenchArguments;
  /** One line for the person who waits. */
  progress(line: string): void;
}
