import { expect, test } from 'vitest';
import { buildStreetGraph } from './graph-building.js';
import { ShapeKind, type OsmFeature } from './osm-tiles.js';
import { RouteSearch, timedLine } from './route-search.js';
import { restoreStreets, storeStreets } from './stored-streets.js';
import { type StreetGraph } from './street-graph.js';

/** Vertices on a grid of about 100 m in Montevideo. */
const STEP = 10_000;
const ORIGIN = { x: 1_478_000_000, y: 2_593_000_000 };

function line(places: [number, number][], tags: Record<string, string> = {}): OsmFeature {
  return {
    kind: ShapeKind.line,
    tags: { highway: 'residential', ...tags },
    parts: [places.map(([x, y]) => ({ x: ORIGIN.x + x * STEP, y: ORIGIN.y + y * STEP }))],
  };
}

/** A square of four junctions; the southern side is one-way to the east. */
const SQUARE = [
  line([
    [0, 0],
    [1, 0],
  ]),
  line([
    [1, 0],
    [1, 1],
  ]),
  line(
    [
      [0, 1],
      [1, 1],
    ],
    { oneway: 'yes', name: 'Rambla' },
  ),
  line([
    [0, 0],
    [0, 1],
  ]),
];

function junctionAt(graph: StreetGraph, x: number, y: number): number {
  const lng = ((ORIGIN.x + x * STEP) / 2 ** 32) * 360 - 180;
  const north = graph.junctions.toSorted((a, b) => b.lat - a.lat)[0]!.lat;
  const south = graph.junctions.toSorted((a, b) => a.lat - b.lat)[0]!.lat;
  return graph.nearestJunction({ lat: y === 0 ? north : south, lng });
}

test('[CITY1] a route keeps to one-way streets: the way back is longer', () => {
  const { graph } = buildStreetGraph(SQUARE);
  const search = new RouteSearch(graph);
  const west = junctionAt(graph, 0, 1);
  const east = junctionAt(graph, 1, 1);
  expect(search.find(west, east)!.streets.map(({ name }) => graph.names[name])).toEqual(['Rambla']);
  expect(search.find(east, west)!.streets).toHaveLength(3);
});

test('[CITY1] streets join where they share a vertex, not where their lines cross', () => {
  const bridge = line([
    [0, 0.5],
    [1, 0.5],
  ]);
  const { graph, report } = buildStreetGraph([...SQUARE, bridge]);
  expect(graph.junctions).toHaveLength(4);
  expect(report.connectedShare).toBeCloseTo(4 / 6);
});

test('[CITY1] what no car may use is no street', () => {
  const closed = [
    line(
      [
        [1, 1],
        [2, 1],
      ],
      { access: 'private' },
    ),
    line(
      [
        [1, 1],
        [2, 2],
      ],
      { highway: 'footway' },
    ),
  ];
  expect(buildStreetGraph([...SQUARE, ...closed]).graph.streets).toHaveLength(7);
});

test('[CITY1] a tunnel of the map is one in each direction, and what is before and behind it is none', () => {
  const tunnel = line(
    [
      [1, 0],
      [2, 0],
    ],
    { tunnel: 'yes' },
  );
  const beyond = line([
    [2, 0],
    [3, 0],
  ]);
  const { graph, report } = buildStreetGraph([...SQUARE, tunnel, beyond]);
  expect(graph.streets.filter(({ isTunnel }) => isTunnel)).toHaveLength(2);
  expect(report.tunnelMeters).toBeGreaterThan(100);
  const [from, to] = [junctionAt(graph, 0, 0), graph.junctions.length - 1];
  const route = new RouteSearch(graph).find(from, to)!;
  expect(timedLine(route).map(({ isTunnel }) => isTunnel)).toEqual([false, false, true, false]);
});

test('[CITY2] the fastest way is found: the same as by trying every way', () => {
  const features: OsmFeature[] = [];
  const size = 9;
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const maxspeed = String(20 + ((x * 7 + y * 13) % 5) * 15);
      if (x + 1 < size)
        features.push(
          line(
            [
              [x, y],
              [x + 1, y],
            ],
            { maxspeed },
          ),
        );
      if (y + 1 < size)
        features.push(
          line(
            [
              [x, y],
              [x, y + 1],
            ],
            { maxspeed, ...(x % 3 === 1 ? { oneway: '-1' } : {}) },
          ),
        );
    }
  }
  const { graph } = buildStreetGraph(features);
  const search = new RouteSearch(graph);
  const seconds = everyWay(graph);
  for (let from = 0; from < graph.junctions.length; from += 5) {
    for (let to = 0; to < graph.junctions.length; to += 1)
      expect(search.find(from, to)!.seconds).toBeCloseTo(seconds[from]![to]!, 6);
  }
});

test('[CITY2] the line of a route begins and ends at its junctions, and its times only rise', () => {
  const { graph } = buildStreetGraph(SQUARE);
  const route = new RouteSearch(graph).find(junctionAt(graph, 1, 1), junctionAt(graph, 0, 1))!;
  const points = timedLine(route);
  expect(points[0]).toMatchObject(graph.junctions[junctionAt(graph, 1, 1)]!);
  expect(points.at(-1)).toMatchObject(graph.junctions[junctionAt(graph, 0, 1)]!);
  for (let i = 1; i < points.length; i += 1)
    expect(points[i]!.seconds).toBeGreaterThan(points[i - 1]!.seconds);
  expect(points.at(-1)!.seconds).toBeCloseTo(route.seconds);
});

test('[CITY3] streets that were stored are the same streets', () => {
  const tunnel = line(
    [
      [1, 0],
      [2, 0],
    ],
    { tunnel: 'building_passage' },
  );
  const { graph } = buildStreetGraph([...SQUARE, tunnel]);
  expect(graph.streets.some(({ isTunnel }) => isTunnel)).toBe(true);
  const restored = restoreStreets(JSON.parse(JSON.stringify(storeStreets(graph))));
  expect(restored.junctions).toEqual(graph.junctions);
  expect(restored.names).toEqual(graph.names);
  for (const [i, street] of restored.streets.entries()) {
    expect(street.shape).toEqual(graph.streets[i]!.shape);
    expect(street.isTunnel).toBe(graph.streets[i]!.isTunnel);
    expect(street.seconds).toBeCloseTo(graph.streets[i]!.seconds, 1);
  }
});

/** By Floyd and Warshall. */
function everyWay({ junctions, streets }: StreetGraph): number[][] {
  const count = junctions.length;
  const seconds = Array.from({ length: count }, (_, from) =>
    Array.from({ length: count }, (__, to) => (from === to ? 0 : Number.POSITIVE_INFINITY)),
  );
  for (const street of streets)
    seconds[street.from]![street.to] = Math.min(seconds[street.from]![street.to]!, street.seconds);
  for (let over = 0; over < count; over += 1)
    for (let from = 0; from < count; from += 1)
      for (let to = 0; to < count; to += 1)
        seconds[from]![to] = Math.min(
          seconds[from]![to]!,
          seconds[from]![over]! + seconds[over]![to]!,
        );
  return seconds;
}
