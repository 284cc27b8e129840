import { expect, test } from 'vitest';
import { parseGpx } from './gpx.js';

const GPX = `<?xml version="1.0"?>
<gpx version="1.1"><metadata><time>2014-02-01T00:00:00Z</time></metadata>
  <trk><name>one</name><trkseg>
    <trkpt lat="-34.9" lon="-56.2"><ele>3</ele><time>2026-05-01T10:00:05Z</time></trkpt>
    <trkpt lon='-56.1' lat='-34.8'><time> 2026-05-01T10:00:00.500Z </time></trkpt>
    <trkpt lat="-34.7" lon="-56.0"/>
    <trkpt lat="north" lon="-56.0"><time>2026-05-01T10:00:00Z</time></trkpt>
  </trkseg></trk>
  <trk><trkseg><trkpt lat="1" lon="2"><time>never</time></trkpt></trkseg></trk>
</gpx>`;

test('a GPX file is read by track and in the order of time; points without place or time are counted', () => {
  const { tracks, badPoints } = parseGpx(GPX);
  expect(tracks.map(({ fixes }) => fixes.map(({ lat, lng }) => [lat, lng]))).toEqual([
    [
      [-34.8, -56.1],
      [-34.9, -56.2],
    ],
  ]);
  expect(tracks[0]!.fixes[1]!.time - tracks[0]!.fixes[0]!.time).toBe(4_500);
  expect(badPoints).toBe(3);
});
