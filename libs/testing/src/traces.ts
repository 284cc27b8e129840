import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { seededRandom } from './seeded-random.js';

/** A fix as recorded: fractions of a millisecond tell bursts apart. */
export interface TraceFix {
  lat: number;
  lng: number;
  timestamp: number;
}

export interface Traces {
  source: string;
  /** The fixes of each vehicle in the order recorded. */
  byVehicle: Map<string, TraceFix[]>;
}

const ROME_TAXIS = fileURLToPath(
  new URL('../../../../shared/data/rome-taxis-2014-02-01.csv', import.meta.url),
);

/** The taxis of Rome where their file lies beside the repository, else made up drives with the same faults. */
export function readTraces(): Traces {
  if (!existsSync(ROME_TAXIS)) return { source: 'made up drives', byVehicle: madeUpDrives() };
  const byVehicle = new Map<string, TraceFix[]>();
  for (const line of readFileSync(ROME_TAXIS, 'utf8').trim().split('\n').slice(1)) {
    const [, taxi, time, lat, lng] = line.split(',');
    const fix = { lat: Number(lat), lng: Number(lng), timestamp: readTime(time!) };
    const fixes = byVehicle.get(taxi!);
    if (fixes) fixes.push(fix);
    else byVehicle.set(taxi!, [fix]);
  }
  return { source: 'CRAWDAD roma/taxi', byVehicle };
}

/** `"2014-02-01 00:00:00.739166+01"`, the fraction as long as it happens to be. */
function readTime(text: string): number {
  const match = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)?\+(\d\d)/.exec(text);
  if (!match) throw new Error(`no time: ${text}`);
  return Date.parse(`${match[1]}T${match[2]}+${match[4]}:00`) + Number(match[3] ?? 0) * 1_000;
}

function madeUpDrives(): Map<string, TraceFix[]> {
  const random = seededRandom(2014);
  return new Map(
    Array.from({ length: 51 }, (_, vehicle) => {
      let [lat, lng, timestamp] = [
        41.8 + random() * 0.2,
        12.4 + random() * 0.2,
        1_391_209_200_000 + random() * 10_000,
      ];
      const fixes = Array.from({ length: 196 }, () => {
        const burst = random() < 0.02;
        timestamp += burst ? 0.5 + random() * 20 : 10_000 + random() * 10_000;
        const stride = random() < 0.01 ? 0.03 : 0.0012;
        if (random() > 0.3)
          [lat, lng] = [lat + (random() - 0.5) * stride, lng + (random() - 0.5) * stride];
        return { lat, lng, timestamp };
      });
      return [String(vehicle + 1), fixes] as const;
    }),
  );
}
