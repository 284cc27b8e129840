import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseGpx } from './gpx.js';
import { type TraceFix, type Track } from './track.js';

export interface Traces {
  tracks: Track[];
  fixCount: number;
  /** Lines or points that are no position; the heading is none of them. */
  badLines: number;
}

const TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,3})?\d*([+-]\d\d)(?::?(\d\d))?$/;

/** Reads GPX, or lines of row, TaxiID, TimeStamp, Latitude, Longitude; quotes are optional. */
export async function readTraces(file: string): Promise<Traces> {
  if (/\.gpx$/i.test(file)) {
    const { tracks, badPoints } = parseGpx(await readFile(file, 'utf8'));
    const fixCount = tracks.reduce((sum, { fixes }) => sum + fixes.length, 0);
    return { tracks, fixCount, badLines: badPoints };
  }
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity });
  return collectTraces(lines);
}

export async function collectTraces(
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<Traces> {
  const byTaxi = new Map<string, TraceFix[]>();
  let isFirst = true;
  let badLines = 0;
  let fixCount = 0;
  for await (const line of lines) {
    const parsed = parseTraceLine(line);
    if (parsed) {
      const fixes = byTaxi.get(parsed.taxiId);
      if (fixes) fixes.push(parsed.fix);
      else byTaxi.set(parsed.taxiId, [parsed.fix]);
      fixCount += 1;
    } else if (line.trim() !== '' && !isFirst) {
      badLines += 1;
    }
    isFirst = false;
  }
  const tracks = [...byTaxi].map(([taxiId, fixes]) => ({
    taxiId,
    fixes: fixes.toSorted((a, b) => a.time - b.time),
  }));
  return { tracks, fixCount, badLines };
}

export function parseTraceLine(line: string): { taxiId: string; fix: TraceFix } | undefined {
  const cells = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
  const [, taxiId, timeText, latText, lngText] = cells;
  if (cells.length !== 5 || !taxiId || !latText || !lngText) return undefined;
  const time = readTime(timeText ?? '');
  const lat = Number(latText);
  const lng = Number(lngText);
  const isPosition = Math.abs(lat) <= 90 && Math.abs(lng) <= 180;
  if (time === undefined || !isPosition) return undefined;
  return { taxiId, fix: { time, lat, lng } };
}

/** `2014-02-01 00:00:00.739166+01`, as PostgreSQL prints it. */
function readTime(text: string): number | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [, date, clock, fraction = '', zoneHours, zoneMinutes = '00'] = match;
  const time = Date.parse(`${date}T${clock}${fraction}${zoneHours}:${zoneMinutes}`);
  return Number.isNaN(time) ? undefined : time;
}
