import { type Fix } from '#libs/contracts';
import { packPosition, RECORD_BYTES } from './position-record.js';

/** In front of each record: which of the drivers of the batch it is of, from 1. */
const INDEX_BYTES = 2;
const FIX_BYTES = INDEX_BYTES + RECORD_BYTES;
const SMALLEST_CAPACITY = 4;

/** A fix on its way into the store. */
export interface FixWrite {
  driverId: string;
  fix: Fix;
  receivedAt: number;
  cell: number;
}

/**
 * The fixes of one script call, packed as they come: what waits for its round is bytes, which the
 * garbage collector neither copies nor looks into. One buffer instead of one argument a fix, and no
 * argument for an id that a key has in it: the client library spends more on arguments than on bytes.
 */
export class FixBatch {
  /** How many fixes it has. */
  length = 0;
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

  add({ driverId, fix, receivedAt, cell }: FixWrite): void {
    let index = this.indexes.get(driverId);
    if (index === undefined) {
      index = this.keys.push(this.historyPrefix + driverId) - this.firstHistory;
      this.indexes.set(driverId, index);
    }
    const at = this.length * FIX_BYTES;
    if (at === this.bytes.length) this.grow();
    this.view.setUint16(at, index, true);
    packPosition(this.view, at + INDEX_BYTES, fix, receivedAt, cell);
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
