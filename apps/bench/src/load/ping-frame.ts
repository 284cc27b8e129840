import { degrees, FIRST_SEQUENCE, latUnitsOf, lngUnitsOf, timestampOf } from './fix-track.js';
import { frameOf, overwriteDigits } from './frame-writer.js';

const TIMESTAMP_DIGITS = 13;
const SEQUENCE_DIGITS = 7;
const LNG_DIGITS = 9;
const PLACEHOLDER_LNG = '12.0000000';

interface Offsets {
  id: number;
  /** Of the two digits before the point. */
  lng: number;
  timestamp: number;
  sequence: number;
}

/** `driver:location:ping` of one driver, encoded once; only digits change from fix to fix. */
export class PingFrame {
  private readonly frame: Buffer;
  private readonly at: Offsets;

  constructor(driver: number) {
    const lat = degrees(latUnitsOf(driver)).toFixed(7);
    const id = '0'.repeat(SEQUENCE_DIGITS);
    const text =
      `42/drivers,${id}["driver:location:ping",{"lat":${lat},"lng":${PLACEHOLDER_LNG},` +
      `"accuracy":8,"heading":90,"speed":8.3,"timestamp":${'0'.repeat(TIMESTAMP_DIGITS)},` +
      `"sequence":${FIRST_SEQUENCE}}]`;
    this.frame = frameOf(Buffer.from(text));
    this.at = {
      id: text.indexOf(id),
      lng: text.indexOf(PLACEHOLDER_LNG),
      timestamp: text.indexOf('"timestamp":') + '"timestamp":'.length,
      sequence: text.indexOf('"sequence":') + '"sequence":'.length,
    };
  }

  /** The frame of this fix; it is overwritten by the next. */
  write(sequence: number, sentAt: number): Buffer {
    const { frame, at } = this;
    const decimals = lngUnitsOf(sequence) % 10 ** (LNG_DIGITS - 2);
    overwriteDigits(frame, at.id, SEQUENCE_DIGITS, sequence);
    overwriteDigits(frame, at.lng + 3, LNG_DIGITS - 2, decimals);
    overwriteDigits(frame, at.timestamp, TIMESTAMP_DIGITS, timestampOf(sentAt));
    overwriteDigits(frame, at.sequence, SEQUENCE_DIGITS, sequence);
    return frame;
  }
}
