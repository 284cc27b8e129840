import path from 'node:path';
import { type FixSource } from '../drives/fix-source.js';
import { FIX_INTERVAL_MS, GeneratedDriver } from '../drives/generated-driver.js';
import { traceDriver } from '../drives/trace-driver.js';
import { readTraces } from '../drives/trace-reader.js';

const DRIVERS_PER_TAXI = 6;
const GENERATED_DRIVERS = 60;

/** What the fleet drives, and how to say so. */
export interface Drives {
  driverCount: number;
  description: string[];
  /** @param startAt when that driver sets off, epoch ms */
  source: (index: number, startAt: number) => FixSource;
}

/** @throws Error when the traces cannot be read or have no position in them */
export async function prepareDrives(traces?: string, drivers?: number): Promise<Drives> {
  return traces === undefined ? generatedDrives(drivers) : recordedDrives(traces, drivers);
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
    source: (index, startAt) => traceDriver(tracks, index, driverCount, startAt),
  };
}

function generatedDrives(drivers = GENERATED_DRIVERS): Drives {
  return {
    driverCount: drivers,
    description: [
      `Generated drives: no recorded traces are at hand, so ${drivers} invented cars drive around Rome,`,
      `a position every ${FIX_INTERVAL_MS / 1_000} s each.`,
    ],
    source: (_index, startAt) => new GeneratedDriver(startAt),
  };
}
