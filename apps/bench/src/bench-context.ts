import { type BenchArguments } from './arguments.js';
import { type SpareTime } from './spare-time.js';

/** What every case is given. */
export interface BenchContext {
  readonly redisUrl: string;
  readonly redisPid: number;
  readonly arguments: BenchArguments;
  readonly spare: SpareTime;
  /** One line for the person who waits. */
  progress(line: string): void;
}
