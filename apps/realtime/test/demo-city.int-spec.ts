import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CityFile, loadStreets, RouteSearch, type GraphReport } from '#libs/city';
import { seededRandom } from '#libs/testing';
import { ensureCity } from '../../../scripts/prepare/city.mjs';

describe('the city of the demo', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await ensureCity('montevideo');
  });
  const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');

  it('[CITY1] is whole: nearly all of its junctions are in one part, and each of that reaches each', () => {
    const report = JSON.parse(read(CityFile.report)) as GraphReport;
    expect(report.junctions).toBeGreaterThan(15_000);
    expect(report.kilometers).toBeGreaterThan(3_000);
    expect(report.connectedShare).toBeGreaterThan(0.98);
    expect(report.tunnelMeters).toBeGreaterThan(500);
    const graph = loadStreets(folder);
    expect(graph.junctions).toHaveLength(report.junctions);
    const search = new RouteSearch(graph);
    const random = seededRandom(4);
    const anywhere = () => Math.floor(random() * report.junctions);
    for (let i = 0; i < 200; i += 1) expect(search.find(anywhere(), anywhere())).not.toBeNull();
  });

  it('[CITY3] has its licence beside its data', () => {
    expect(read(CityFile.licence)).toMatch(/© OpenStreetMap contributors[^]*Open Database License/);
  });
});
