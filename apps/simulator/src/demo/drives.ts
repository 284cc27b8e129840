import path from 'node:path';
import { loadStreets, RouteSearch } from '#libs/city';
import { Detour } from '../drives/detour.js';
import { type Drive } from '../drives/drive.js';
import { Hotspots } from '../drives/hotspots.js';
import { STREET_FIX_INTERVAL_MS, StreetDrive } from '../drives/street-drive.js';
import { traceDriver } from '../drives/trace-driver.js';
import { readTraces } from '../drives/trace-reader.js';
import { Habits } from '../rides/habits.js';
import { StreetHabits } from '../rides/street-habits.js';

const DRIVERS_PER_TAXI = 6;
const STREET_DRIVERS = 60;

/** What the fleet drives, and how to say so. */
export interface Drives {
  driverCount: number;
  description: string[];
  /** What drivers and passengers do there. */
  habits: Habits;
  /** @param startAt when that driver sets off, epoch ms */
  drive: (index: number, startAt: number) => Drive;
}

/**
 * @param map a file of recorded positions, or else the folder with the streets of a city
 * @throws Error when the traces cannot be read or have no position in them
 */
export async function prepareDrives(
  map: { traces?: string; city?: string },
  drivers?: number,
): Promise<Drives> {
  if (map.traces !== undefined) return recordedDrives(map.traces, drivers);
  return streetDrives(map.city ?? '', drivers);
}

async function recordedDrives(file: string, drivers?: number): Promise<Drives> {
  const { tracks, fixCount, badLines } = await readTraces(file);
  if (tracks.length === 0) throw new Error(`${file} holds no position.`);
  const driverCount = drivers ?? tracks.length * DRIVERS_PER_TAXI;
  const bad = badLines === 0 ? '' : `, ${badLines} bad lines left out`;
  return {
    driverCount,
    description: [
      `Real drives: ${fixCount} positions of ${tracks.length} taxis from ${path.basename(file)}${bad},`,
      `at their real pace, by ${driverCount} drivers that start at different places of the tracks.`,
      'Raw data: jumps that are in it are refused by the server (JUMP), as they should be.',
      'Source: L. Bracciale, M. Bonola, P. Loreti, G. Bianchi, R. Amici, A. Rabuffi,',
      '"CRAWDAD dataset roma/taxi (v. 2014-07-17)", https://doi.org/10.15783/C7QC7M',
    ],
    habits: new Habits(),
    drive: (index, startAt) => new Detour(traceDriver(tracks, index, driverCount, startAt)),
  };
}

function streetDrives(cityFolder: string, drivers = STREET_DRIVERS): Drives {
  const graph = loadStreets(cityFolder);
  const city = {
    graph,
    search: new RouteSearch(graph),
    hotspots: new Hotspots(graph, Math.random),
  };
  return {
    driverCount: drivers,
    description: [
      `Simulated drives: ${drivers} invented cars on the real streets of Montevideo (${graph.junctions.length} junctions),`,
      `a position every ${STREET_FIX_INTERVAL_MS / 1_000} s each. Streets: © OpenStreetMap contributors, ODbL.`,
    ],
    habits: new StreetHabits(graph),
    drive: (_index, startAt) => new StreetDrive(city, startAt),
  };
}
