import { unitsOf } from './fix-track.js';

export interface DeliveredPosition {
  driver: number;
  latUnits: number;
  lngUnits: number;
  timestamp: number;
}

interface WirePosition {
  driverId: string;
  lat: number;
  lng: number;
  timestamp: number;
}

type Wire =
  | ['driver:location:batch', { drivers: WirePosition[] }]
  | [
      'driver:snapshot',
      { part: number; parts: number; drivers: { position: WirePosition | null }[] },
    ];

const BATCH = Buffer.from(`["${'driver:location:batch'}"`);
const SNAPSHOT = Buffer.from(`["${'driver:snapshot'}"`);
const UPDATE = Buffer.from(`["${'driver:location:update'}",{"driverId":"bench-`);
/** Frames of a tick are the same bytes for all dispatchers of an instance: each is parsed once. */
const REMEMBERED_FRAMES = 8;

const frames: { bytes: Buffer; positions: DeliveredPosition[] }[] = [];
const single: DeliveredPosition = { driver: 0, latUnits: 0, lngUnits: 0, timestamp: 0 };
const singles = [single];

/**
 * The positions in an event, or undefined when it is another event. The result is overwritten by
 * the next call.
 */
export function positionsIn(
  bytes: Buffer,
  at: number,
  end: number,
): readonly DeliveredPosition[] | undefined {
  if (startsWith(bytes, at, end, UPDATE)) {
    return readUpdate(bytes, at + UPDATE.length) ? singles : undefined;
  }
  if (startsWith(bytes, at, end, BATCH)) return readFrame(bytes, at, end);
  if (isSnapshot(bytes, at, end)) return parse(bytes.toString('utf8', at, end));
  return undefined;
}

export function isSnapshot(bytes: Buffer, at: number, end: number): boolean {
  return startsWith(bytes, at, end, SNAPSHOT);
}

/** Whether nothing of the snapshot is to come after this part. */
export function isLastPart(bytes: Buffer, at: number, end: number): boolean {
  const [, payload] = JSON.parse(bytes.toString('utf8', at, end)) as Wire;
  return 'parts' in payload && payload.part === payload.parts;
}

function startsWith(bytes: Buffer, at: number, end: number, expected: Buffer): boolean {
  return (
    end - at > expected.length &&
    bytes.compare(expected, 0, expected.length, at, at + expected.length) === 0
  );
}

function readFrame(bytes: Buffer, at: number, end: number): DeliveredPosition[] {
  const known = frames.find(
    (frame) => frame.bytes.length === end - at && frame.bytes.compare(bytes, at, end) === 0,
  );
  if (known) return known.positions;
  const copy = Buffer.from(bytes.subarray(at, end));
  const positions = parse(copy.toString('utf8'));
  frames.unshift({ bytes: copy, positions });
  frames.length = Math.min(frames.length, REMEMBERED_FRAMES);
  return positions;
}

function parse(text: string): DeliveredPosition[] {
  const [event, payload] = JSON.parse(text) as Wire;
  const wire =
    event === 'driver:snapshot'
      ? payload.drivers.flatMap(({ position }) => position ?? [])
      : payload.drivers;
  return wire.map(({ driverId, lat, lng, timestamp }) => ({
    driver: Number(driverId.slice('bench-'.length)),
    latUnits: unitsOf(lat),
    lngUnits: unitsOf(lng),
    timestamp,
  }));
}

/** The peers' event, whose fields stand in this order: driverId, lat, lng, timestamp. */
function readUpdate(bytes: Buffer, start: number): boolean {
  cursor.at = start;
  single.driver = readUnits(bytes, 0);
  cursor.at += '","lat":'.length;
  single.latUnits = readUnits(bytes, 7);
  cursor.at += ',"lng":'.length;
  single.lngUnits = readUnits(bytes, 7);
  cursor.at += ',"timestamp":'.length;
  single.timestamp = readUnits(bytes, 0);
  return true;
}

const cursor = { at: 0 };

/** Reads a decimal number at the cursor as a whole number of its last decimals. */
function readUnits(bytes: Buffer, decimals: number): number {
  let value = 0;
  let read = -1;
  for (; ; cursor.at += 1) {
    const code = bytes[cursor.at]!;
    if (code === 46) read = 0;
    else if (code >= 48 && code <= 57) {
      value = value * 10 + code - 48;
      if (read >= 0) read += 1;
    } else break;
  }
  for (let i = Math.max(0, read); i < decimals; i += 1) value *= 10;
  return value;
}
