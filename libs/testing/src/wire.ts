import { Transform, type TransformCallback } from 'node:stream';

/** What a network does to what goes over it, in either direction. */
export interface WireQuality {
  /** How long everything is on its way, ms. */
  lagMs?: number;
  /** How much goes over it. */
  bytesPerSecond?: number;
  /**
   * Which part of the pieces is lost on the way. TCP sends them again, so that they, and all that is
   * behind them, come later.
   */
  lossPercent?: number;
  /** From 0 to 1: which pieces are lost. Default Math.random. */
  random?: () => number;
}

/** Linux sends again what was not acknowledged after the way there and back, and no less than this. */
const MIN_RETRANSMISSION_MS = 200;
/** What is on its way at most, as in the buffers of a network: beyond it the sender waits. */
const MAX_ON_THE_WAY_BYTES = 65_536;

/** One direction of a wire. Nothing overtakes anything on it. */
export function wireOf(quality: WireQuality): Transform {
  const { lagMs = 0, bytesPerSecond = Infinity, lossPercent = 0, random = Math.random } = quality;
  let freeAt = 0;
  let arrivesAt = 0;
  let onTheWay = 0;
  let pieces = 0;
  let waiting: (() => void) | undefined;
  let ended: (() => void) | undefined;
  const arrivalOf = (bytes: number): number => {
    const now = performance.now();
    // One piece after the other goes on the wire.
    freeAt = Math.max(now, freeAt) + (bytes * 1_000) / bytesPerSecond;
    let lateMs = lagMs;
    let timeoutMs = Math.max(MIN_RETRANSMISSION_MS, 2 * lagMs);
    while (random() * 100 < lossPercent) {
      lateMs += timeoutMs;
      timeoutMs *= 2;
    }
    arrivesAt = Math.max(arrivesAt, freeAt + lateMs);
    return arrivesAt - now;
  };
  return new Transform({
    transform(piece: Buffer, _encoding, done: TransformCallback) {
      onTheWay += piece.length;
      pieces += 1;
      setTimeout(() => {
        onTheWay -= piece.length;
        pieces -= 1;
        if (!this.destroyed) this.push(piece);
        if (onTheWay < MAX_ON_THE_WAY_BYTES) {
          waiting?.();
          waiting = undefined;
        }
        if (pieces === 0) ended?.();
      }, arrivalOf(piece.length));
      if (onTheWay < MAX_ON_THE_WAY_BYTES) done();
      else waiting = done;
    },
    // Timers of one time may come in any order: the end waits for the pieces themselves.
    flush(done) {
      if (pieces === 0) done();
      else ended = () => done();
    },
  });
}
