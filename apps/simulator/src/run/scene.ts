import path from 'node:path';
import { loadStreets, RouteSearch } from '#libs/city';
import { Detour } from '../drives/detour.js';
import { type Point } from '../drives/geography.js';
import { GpsReceiver } from '../drives/gps-receiver.js';
import { STREET_FIX_INTERVAL_MS, StreetDrive } from '../drives/street-drive.js';
import { traceDriver } from '../drives/trace-driver.js';
import { readTraces } from '../drives/trace-reader.js';
import { type NewDriver } from '../fleet/fleet.js';
import { chanceOf } from '../plan/chance.js';
import { CityPlan, type PlannedEvent } from '../plan/city-plan.js';
import { hourAt } from '../plan/day.js';
import { Hotspots } from '../plan/hotspots.js';
import { cityTrips, shortStreetTrips, shortTrips } from '../plan/trip-places.js';
import { type RunArguments } from './arguments.js';

const DRIVERS_PER_TAXI = 6;
const STREET_DRIVERS = 300;
/** A few trips are always under way, and most drivers are free to be asked. */
const DRIVERS_PER_PASSENGER = 7;
const FEWEST_PASSENGERS = 4;
/** Of the demo: a trip near some car is asked for all the time. */
const MOST_PASSENGERS_OF_DEMO = 30;

const TROUBLES_IN_WORDS: Readonly<Record<RunArguments['troubles'], readonly string[]>> = {
  on: [
    'Drivers have breaks; phones lose GPS or network, fall silent, sleep, run empty or have a wrong clock.',
  ],
  silent: ['Some phones stay connected and say nothing for a while.'],
  off: [],
};

/** Who is in a run, what they mean to do, and how to say so. */
export interface Scene {
  plan: CityPlan;
  description: string[];
  /** @param startedAt when the run began, @param now when this driver sets off; epoch ms */
  driver(index: number, startedAt: number, now: number): NewDriver;
  /** Where most people set out from at the begin; undefined where no streets are known. */
  busiest?: Point;
  /** The plan of everybody up to a time. */
  events(untilMs: number): PlannedEvent[];
}

/** @throws Error when the traces cannot be read or have no position in them */
export async function prepareScene(options: RunArguments): Promise<Scene> {
  if (options.replay) return recordedScene(options, options.replay);
  return streetScene(options, options.city ?? '');
}

async function recordedScene(
  options: RunArguments,
  { file, speed }: NonNullable<RunArguments['replay']>,
): Promise<Scene> {
  const { tracks, fixCount, badLines } = await readTraces(file);
  if (tracks.length === 0) throw new Error(`${file} holds no position with a time.`);
  const usual = options.command === 'demo' ? tracks.length * DRIVERS_PER_TAXI : tracks.length;
  const drivers = options.drivers ?? usual;
  const plan = new CityPlan({
    ...options,
    drivers,
    passengers: passengersOf(options, drivers),
    places: shortTrips(),
  });
  const bad = badLines === 0 ? '' : `, ${badLines} bad lines left out`;
  const pace = speed === 1 ? 'their real pace' : `${speed} times their real pace`;
  const driveOf = (index: number, now: number) => traceDriver(tracks, index, drivers, now, speed);
  return {
    plan,
    description: [
      `Recorded drives: ${fixCount} positions of ${tracks.length} cars from ${path.basename(file)}${bad},`,
      `at ${pace}, by ${drivers} simulated drivers that start at different places of the tracks.`,
      'Raw data: jumps that are in it, and what is driven too fast, are refused by the server (JUMP).',
      ...(/rome-taxis/.test(file)
        ? [
            'Source: L. Bracciale, M. Bonola, P. Loreti, G. Bianchi, R. Amici, A. Rabuffi,',
            '"CRAWDAD dataset roma/taxi (v. 2014-07-17)", https://doi.org/10.15783/C7QC7M',
          ]
        : []),
    ],
    driver: (index, _startedAt, now) => ({
      plan: plan.driver(index),
      drive: new Detour(driveOf(index, now)),
    }),
    events: (untilMs) => plan.events(untilMs, ({ index }) => driveOf(index, 0)),
  };
}

function streetScene(options: RunArguments, cityFolder: string): Scene {
  const graph = loadStreets(cityFolder);
  const search = new RouteSearch(graph);
  const hotspots = new Hotspots(graph, chanceOf(options.seed, 'hotspots'));
  const drivers = options.drivers ?? STREET_DRIVERS;
  const plan = new CityPlan({
    ...options,
    drivers,
    passengers: passengersOf(options, drivers),
    places: options.rides === 'short' ? shortStreetTrips(graph) : cityTrips(graph, hotspots),
  });
  const city = (startedAt: number) => ({
    graph,
    search,
    hotspots,
    hourAt: (at: number) => hourAt(options.clock, Math.max(0, at - startedAt)),
  });
  return {
    plan,
    busiest: hotspots.busiest(options.clock.startHour),
    description: [
      `Simulated drives: ${drivers} invented cars on the real streets of Montevideo (${graph.junctions.length} junctions),`,
      `a position every ${STREET_FIX_INTERVAL_MS / 1_000} s from each that moves; it is ${options.clock.startHour} o'clock there, seed ${options.seed}.`,
      ...TROUBLES_IN_WORDS[options.troubles],
      'Streets: © OpenStreetMap contributors, ODbL.',
    ],
    driver: (index, startedAt, now) => {
      const driver = plan.driver(index);
      return {
        plan: driver,
        drive: new StreetDrive(city(startedAt), now, driver.chance('drive')),
        gps: new GpsReceiver(driver.chance('gps'), driver.phone.hasPoorReception),
      };
    },
    events: (untilMs) =>
      plan.events(untilMs, (driver) => new StreetDrive(city(0), 0, driver.chance('drive'))),
  };
}

function passengersOf({ command, passengers }: RunArguments, drivers: number): number {
  if (passengers !== undefined) return passengers;
  const share = Math.max(FEWEST_PASSENGERS, Math.round(drivers / DRIVERS_PER_PASSENGER));
  return command === 'demo' ? Math.min(MOST_PASSENGERS_OF_DEMO, share) : share;
}
