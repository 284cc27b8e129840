import { type Fix } from '#libs/contracts';
import { packPosition, RECORD_BYTES, type FixReceipt } from './position-record.js';

/** In front of each record: its kind, and which of the drivers of the batch it is of, from 1. */
const INDEX_BYTES = 2;
const KIND_STEP = 1_024;
const FIX_BYTES = INDEX_BYTES + RECORD_BYTES;
const SMALLEST_CAPACITY = 4;

/** What the script is to do with a fix. */
export const FixKind = {
  /** Its time orders it. */
  timed: 0,
  /** Its time is that of receipt: it is older than what a newer connection has said. */
  untimed: 1,
  /** Stored before, with a time that turned out to be wrong: put right in the history. */
  retimed: 2,
  /** Refused: counted by the reason, whose code stands for the epoch. */
  refused: 3,
} as const;
export type FixKind = (typeof FixKind)[keyof typeof FixKind];

/** A fix on its way into the store. */
export interface FixWrite extends FixReceipt {
  driverId: string;
  kind: FixKind;
  fix: Fix;
}

/**
 * The fixes of one script call, packed as they come: what waits for its round is bytes, which the
 * garbage collector neither copies nor looks into. One buffer instead of one argument a fix, and no
 * argument for an id that a key has in it: the client library spends more on arguments than on bytes.
 */
export class FixBatch {
  /** How many fixes it has. */
  length = 0;
  /** W3C: the first ping of it whose trace is kept. */
  traceparent: string | undefined;
  readonly keys: string[];
  private readonly firstHistory: number;
  private readonly indexes = new Map<string, number>();
  private bytes: Buffer;
  private view: DataView;

  /**
   * @param shardKeys keys that every call for the shard names
   * @param historyPrefix what stands before the id in the name of a driver's history
   * @param expected how many fixes there is room for at first
   */
  constructor(
    shardKeys: readonly string[],
    readonly historyPrefix: string,
    expected: number,
  ) {
    this.keys = [...shardKeys];
    this.firstHistory = shardKeys.length;
    this.bytes = Buffer.allocUnsafe(Math.max(expected, SMALLEST_CAPACITY) * FIX_BYTES);
    this.view = viewOf(this.bytes);
  }

  add(write: FixWrite): void {
    const { driverId } = write;
    let index = this.indexes.get(driverId);
    if (index === undefined) {
      index = this.keys.push(this.historyPrefix + driverId) - this.firstHistory;
      this.indexes.set(driverId, index);
    }
    const at = this.length * FIX_BYTES;
    if (at === this.bytes.length) this.grow();
    this.view.setUint16(at, write.kind * KIND_STEP + index, true);
    packPosition(this.view, at + INDEX_BYTES, write.fix, write);
    this.length += 1;
  }

  /** All fixes, one after the other, as the script takes them. */
  packed(): Buffer {
    return this.bytes.subarray(0, this.length * FIX_BYTES);
  }

  private grow(): void {
    const larger = Buffer.allocUnsafe(this.bytes.length * 2);
    this.bytes.copy(larger);
    this.bytes = larger;
    this.view = viewOf(larger);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
