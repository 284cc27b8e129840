import { type Fix } from '#libs/contracts';

/**
 * A stored position, packed: the same bytes are written by the script, read by searches and sent
 * through the feed. Little endian, `<dI4dddfffdI4` for Lua's struct; NaN and 0 stand for "not given".
 */
export const RECORD_BYTES = 60;

const OFFSET = {
  timestamp: 0,
  epoch: 8,
  sequence: 12,
  lat: 20,
  lng: 28,
  accuracy: 36,
  heading: 40,
  speed: 44,
  receivedAt: 48,
  cell: 56,
} as const;

/** A fix as the store knows it. */
export interface StoredPosition extends Fix {
  /** When the server got it, epoch milliseconds. */
  receivedAt: number;
}

/** Writes the record of a fix; a DataView does it in a tenth of the time of Buffer's own methods. */
export function packPosition(
  into: DataView,
  at: number,
  fix: Fix,
  receivedAt: number,
  cell: number,
): void {
  into.setFloat64(at + OFFSET.timestamp, fix.timestamp, true);
  into.setUint32(at + OFFSET.epoch, fix.epoch ?? 0, true);
  into.setFloat64(at + OFFSET.sequence, fix.sequence ?? 0, true);
  into.setFloat64(at + OFFSET.lat, fix.lat, true);
  into.setFloat64(at + OFFSET.lng, fix.lng, true);
  into.setFloat32(at + OFFSET.accuracy, fix.accuracy ?? Number.NaN, true);
  into.setFloat32(at + OFFSET.heading, fix.heading ?? Number.NaN, true);
  into.setFloat32(at + OFFSET.speed, fix.speed ?? Number.NaN, true);
  into.setFloat64(at + OFFSET.receivedAt, receivedAt, true);
  into.setUint32(at + OFFSET.cell, cell, true);
}

export function unpackPosition(record: Buffer, at = 0): StoredPosition {
  const position: StoredPosition = {
    lat: record.readDoubleLE(at + OFFSET.lat),
    lng: record.readDoubleLE(at + OFFSET.lng),
    timestamp: record.readDoubleLE(at + OFFSET.timestamp),
    receivedAt: record.readDoubleLE(at + OFFSET.receivedAt),
  };
  const epoch = record.readUInt32LE(at + OFFSET.epoch);
  const sequence = record.readDoubleLE(at + OFFSET.sequence);
  if (epoch !== 0) position.epoch = epoch;
  if (epoch !== 0 || sequence !== 0) position.sequence = sequence;
  const accuracy = record.readFloatLE(at + OFFSET.accuracy);
  if (!Number.isNaN(accuracy)) position.accuracy = roundTenth(accuracy);
  const heading = record.readFloatLE(at + OFFSET.heading);
  if (!Number.isNaN(heading)) position.heading = roundTenth(heading);
  const speed = record.readFloatLE(at + OFFSET.speed);
  if (!Number.isNaN(speed)) position.speed = roundTenth(speed);
  return position;
}

/** Single precision would otherwise show as 12.300000190734863. */
function roundTenth(value: number): number {
  return Math.round(value * 10) / 10;
}
