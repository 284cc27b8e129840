import { type TraceFix, type Track } from './track.js';

const TRACK = /<trk[\s>][\s\S]*?<\/trk>/g;
const POINT = /<trkpt\b([^>]*?)(?:\/>|>([\s\S]*?)<\/trkpt>)/g;

/** Reads the tracks of a GPX file; points without a time or place are counted as bad. */
export function parseGpx(text: string): { tracks: Track[]; badPoints: number } {
  let badPoints = 0;
  const tracks = [...text.matchAll(TRACK)].map(([track], i): Track => {
    const fixes: TraceFix[] = [];
    for (const [, attributes = '', content = ''] of track.matchAll(POINT)) {
      const fix = fixIn(attributes, content);
      if (fix) fixes.push(fix);
      else badPoints += 1;
    }
    return { taxiId: String(i + 1), fixes: fixes.toSorted((a, b) => a.time - b.time) };
  });
  return { tracks: tracks.filter(({ fixes }) => fixes.length > 0), badPoints };
}

function fixIn(attributes: string, content: string): TraceFix | undefined {
  const lat = Number(attribute(attributes, 'lat'));
  const lng = Number(attribute(attributes, 'lon'));
  const time = Date.parse(/<time>\s*([^<]*?)\s*<\/time>/.exec(content)?.[1] ?? '');
  const isPosition = Math.abs(lat) <= 90 && Math.abs(lng) <= 180;
  return isPosition && !Number.isNaN(time) ? { time, lat, lng } : undefined;
}

function attribute(attributes: string, name: string): string | undefined {
  return new RegExp(`\\b${name}\\s*=\\s*["']\\s*([-+.\\d]+)\\s*["']`).exec(attributes)?.[1];
}
