import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const GRAFANA = path.join(ROOT, 'deploy/grafana');
const DASHBOARD = 'dashboards/ridewire.json';

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource: { type: string; uid: string };
  fieldConfig: { defaults: { unit: string } };
  targets: { refId: string; expr: string }[];
}
interface Dashboard {
  panels: Panel[];
  templating: { list: { name: string }[] };
  [field: string]: unknown;
}

describe('deploy/grafana', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'ridewire-grafana-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const check = (...args: string[]) =>
    spawnSync(
      process.execPath,
      [path.join(ROOT, 'scripts/deployment/check-grafana.mjs'), ...args],
      { encoding: 'utf8' },
    );
  /** What the check says of a copy of ours, after a change. */
  const faultsAfter = (change: (folder: string) => void): string[] => {
    rmSync(directory, { recursive: true, force: true });
    cpSync(GRAFANA, directory, { recursive: true });
    change(directory);
    const { status, stdout, stderr } = check(directory);
    expect(stderr).toBe('');
    const lines = stdout.trim().split('\n');
    expect(status).toBe(stdout === '' ? 0 : 1);
    return lines;
  };
  const faultsOfDashboard = (change: (dashboard: Dashboard) => void): string[] =>
    faultsAfter((folder) => {
      const file = path.join(folder, DASHBOARD);
      const dashboard = JSON.parse(readFileSync(file, 'utf8')) as Dashboard;
      change(dashboard);
      writeFileSync(file, JSON.stringify(dashboard));
    }).map((line) => line.replace(`${DASHBOARD}: `, ''));
  const inFile = (file: string, from: string, to: string) => (folder: string) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    expect(text).toContain(from);
    writeFileSync(path.join(folder, file), text.replace(from, to));
  };

  it('[MET7] the check finds no fault in ours', () => {
    expect(check()).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  it('[MET7] it names every unknown, missing and wrong field of a dashboard by the types of Grafana', () => {
    const faults = faultsOfDashboard((dashboard) => {
      const chart = dashboard.panels[6]!;
      Object.assign(dashboard, { titel: 'Ridewire', refresh: 15 });
      Object.assign(chart, { options: { legend: 'yes' }, width: 8 });
      chart.fieldConfig.defaults.unit = 'req/s';
      Reflect.deleteProperty(chart.targets[0]!, 'refId');
      Object.assign(dashboard.panels[1]!, { type: 'singlestat' });
    });
    expect(faults).toEqual([
      'refresh is 15 and must be string',
      'panels[1].type is "singlestat" and must be "stat"',
      expect.stringMatching(/^panels\[6\]\.fieldConfig\.defaults\.unit is "req\/s"/),
      'panels[6].targets[0].refId is missing',
      expect.stringMatching(/^panels\[6\]\.options\.legend is "yes" and must be/),
      'panels[6].width is no field',
      'titel is no field',
    ]);
  });

  it('[MET7] it names what a dashboard means and what is not there, and what stands on top of each other', () => {
    const faults = faultsOfDashboard((dashboard) => {
      const [, first, second, third] = dashboard.panels as [Panel, Panel, Panel, Panel];
      second.id = first.id;
      second.gridPos.x = first.gridPos.x;
      third.gridPos.w = 24;
      third.datasource.uid = 'other';
      third.targets[0]!.expr = 'ridewire_connections{instance="$host"}';
      third.targets.push({ ...third.targets[0]!, expr: ' ' });
      dashboard['schemaVersion'] = 7;
      dashboard.templating.list.push({ ...dashboard.templating.list[0]!, name: 'unused' });
    });
    expect(faults).toEqual([
      'schemaVersion 7 is not one of 39 to 41',
      'two panels have the id 2',
      'the panels "Instances that answer" and "Connections" overlap',
      'the panels "Requests a second" and "Faults of ours among requests" overlap',
      'the panel "Requests a second" is outside of the 24 columns',
      'the panel "Requests a second" has two queries A',
      'the panel "Requests a second" has an empty query A',
      'the panel "Requests a second" asks other, which is not provisioned',
      '$host is no variable',
      'nothing uses the variable unused',
    ]);
  });

  it('[MET7] it names what is wrong in the provisioning files', () => {
    const sources = 'provisioning/datasources/prometheus.yml';
    const providers = 'provisioning/dashboards/ridewire.yml';
    const ofTypes = faultsAfter((folder) => {
      inFile(sources, 'isDefault: true', 'default: true')(folder);
      inFile(providers, 'type: file', 'type: files')(folder);
    });
    expect(ofTypes).toEqual([
      `${sources}: datasources[0].default is no field`,
      `${providers}: providers[0].type is "files" and must be "file"`,
    ]);
    const ofPlaces = faultsAfter((folder) => {
      inFile(sources, '//prometheus:', '//metrics:')(folder);
      inFile(sources, 'uid: ridewire-', 'uid: ')(folder);
      inFile(providers, '/var/lib', '/lib')(folder);
    });
    expect(ofPlaces).toEqual(
      expect.arrayContaining([
        `${sources}: prometheus is at http://metrics:9090, and docker-compose.yml has no such service`,
        `${providers}: /lib/grafana/dashboards is no folder that docker-compose.yml mounts`,
        `${DASHBOARD}: the panel "Connections" asks ridewire-prometheus, which is not provisioned`,
      ]),
    );
  });
});
