import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';

/** A vertex in units of 1/2^32 of the world's width and height: the same place has the same numbers. */
export interface Vertex {
  x: number;
  y: number;
}

export const ShapeKind = { point: 1, line: 2, area: 3 } as const;
export type ShapeKind = (typeof ShapeKind)[keyof typeof ShapeKind];

/** Something of OpenStreetMap, cut at the borders of its tile. */
export interface OsmFeature {
  kind: ShapeKind;
  tags: Readonly<Record<string, string>>;
  parts: Vertex[][];
}

const TILE_NAME = /^(\d+)-(\d+)-(\d+)\.mvt$/;
const WORLD = 2 ** 32;

/** Reads every feature of a folder of OSM QA tiles: all tags of OpenStreetMap as they were. */
export function* readOsmTiles(folder: string): Generator<OsmFeature> {
  for (const name of readdirSync(folder).toSorted()) {
    const [, zoom, column, row] = TILE_NAME.exec(name)?.map(Number) ?? [];
    if (zoom === undefined || column === undefined || row === undefined) continue;
    const tileSize = WORLD / 2 ** zoom;
    const { layers } = new VectorTile(new PbfReader(readFileSync(join(folder, name))));
    for (const layer of Object.values(layers)) {
      const scale = tileSize / layer.extent;
      for (let i = 0; i < layer.length; i += 1) {
        const feature = layer.feature(i);
        yield {
          kind: feature.type as ShapeKind,
          tags: textsOf(feature.properties),
          parts: feature.loadGeometry().map((part) =>
            part.map(({ x, y }) => ({
              x: column * tileSize + x * scale,
              y: row * tileSize + y * scale,
            })),
          ),
        };
      }
    }
  }
}

export function longitudeOf({ x }: Vertex): number {
  return (x / WORLD) * 360 - 180;
}

/** By the Mercator projection of web maps. */
export function latitudeOf({ y }: Vertex): number {
  return (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / WORLD))) * 180) / Math.PI;
}

function textsOf(properties: Record<string, unknown>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(properties)) texts[name] = String(value);
  return texts;
}
