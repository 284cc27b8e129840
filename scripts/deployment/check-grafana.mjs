// Checks deploy/grafana without Grafana: `node check-grafana.mjs [folder] [compose file]`. Dashboards are
// compared with the types that Grafana publishes, provisioning files with what its manual has; then what
// they name must be there. Names every fault and ends with 1 when there is any.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { inRoot } from '../prepare/paths.mjs';
import { faultsByType } from './faults-by-type.mjs';

const [folder = inRoot('deploy/grafana'), composeFile = inRoot('docker-compose.yml')] =
  process.argv.slice(2);
const types = inRoot('scripts/deployment/grafana-files.d.ts');
/** Of the oldest and the newest Grafana that reads the file without a change: 10.4 and 12.1. */
const SCHEMA_VERSIONS = { from: 39, to: 41 };
const COLUMNS = 24;
/** What Grafana itself has: https://grafana.com/docs/grafana/latest/dashboards/variables. */
const BUILT_IN = /^__(?:rate_interval|interval|interval_ms|range|range_s|range_ms|from|to)$/;

/** @typedef {import('./grafana-files.d.ts').Dashboard} Dashboard */
/** @typedef {import('./grafana-files.d.ts').DataSources} DataSources */
/** @typedef {import('./grafana-files.d.ts').DashboardProviders} DashboardProviders */
/** @typedef {Dashboard['panels'][number]} Panel */
/** @typedef {NonNullable<Dashboard['templating']['list']>[number]} Variable */
/** @typedef {{ volumes?: string[], environment?: Record<string, string> }} Service */
/** @template Document @typedef {{ file: string, type: string, document: Document }} Found */

/** @type {string[]} */
const faults = [];
// Each is what its type says once no fault is found by the types.
const dashboards = /** @type {Found<Dashboard>[]} */ (
  documentsIn('dashboards', '.json', 'Dashboard')
);
const sources = /** @type {Found<DataSources>[]} */ (
  documentsIn('provisioning/datasources', '.yml', 'DataSources')
);
const providers = /** @type {Found<DashboardProviders>[]} */ (
  documentsIn('provisioning/dashboards', '.yml', 'DashboardProviders')
);
const all = [...dashboards, ...sources, ...providers];
const typed = faultsByType(
  all.map(({ file, type, document }) => ({ title: file, document, module: types, type })),
);
faults.push(...typed);
// What has not the right shape cannot be read further.
if (faults.length === 0) {
  const known = new Set(
    sources.flatMap(({ document }) => document.datasources.map(uidOf)), // prettier-ignore
  );
  faults.push(
    ...sourceFaults(),
    ...mountFaults(),
    ...dashboards.flatMap((each) => dashboardFaults(each, known)),
  );
}
for (const fault of faults) console.log(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

/** @param {{ uid: string }} source */
function uidOf({ uid }) {
  return uid;
}

/** @param {string} place @param {string} ending @param {string} type @returns {Found<unknown>[]} */
function documentsIn(place, ending, type) {
  const names = readdirSync(path.join(folder, place)).filter((name) => name.endsWith(ending));
  if (names.length === 0) faults.push(`${place} has no file *${ending}`);
  return names.flatMap((name) => {
    const file = `${place}/${name}`;
    // JSON is YAML: one reader names a key that stands twice in either.
    const document = parseDocument(readFileSync(path.join(folder, file), 'utf8'));
    faults.push(...document.errors.map(({ message }) => `${file}: ${message}`));
    return document.errors.length > 0 ? [] : [{ file, type, document: document.toJS() }];
  });
}

/** Where a data source is must be a service of the compose file. */
function sourceFaults() {
  const services = Object.keys(compose().services ?? {});
  return sources.flatMap(({ file, document }) => {
    const isDefault = document.datasources.filter((source) => source.isDefault === true);
    const unknown = document.datasources.filter(
      (source) => !services.includes(URL.parse(source.url)?.hostname ?? ''),
    );
    return [
      ...twice(document.datasources.map(uidOf)).map((uid) => `${file}: two have the uid ${uid}`),
      ...(isDefault.length > 1 ? [`${file}: two are the default`] : []),
      ...unknown.map(
        ({ uid, url }) =>
          `${file}: ${uid} is at ${url}, and docker-compose.yml has no such service`,
      ),
    ];
  });
}

/** What the container is given, and where it looks. */
function mountFaults() {
  const { volumes = [], environment = {} } = compose().services?.grafana ?? {};
  /** @type {Map<string, string>} place in the container -> place in the repository */
  const mounted = new Map();
  for (const volume of volumes.filter((each) => each.startsWith('.'))) {
    const [here = '', there = ''] = volume.split(':');
    mounted.set(there, here);
  }
  const home = environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH;
  const homeFolder = home && mounted.get(path.posix.dirname(home));
  const isHomeThere =
    home === undefined ||
    (homeFolder !== undefined &&
      existsSync(path.join(path.dirname(composeFile), homeFolder, path.posix.basename(home))));
  return [
    ...(mounted.has('/etc/grafana/provisioning')
      ? []
      : ['docker-compose.yml: grafana is not given /etc/grafana/provisioning']),
    ...providers.flatMap(({ file, document }) =>
      document.providers
        .filter(({ options }) => !mounted.has(options.path))
        .map(
          ({ options }) => `${file}: ${options.path} is no folder that docker-compose.yml mounts`,
        ),
    ),
    ...(isHomeThere ? [] : [`docker-compose.yml: the home dashboard ${home} is not there`]),
  ];
}

/** @param {Found<Dashboard>} found @param {Set<string>} sourcesKnown @returns {string[]} */
function dashboardFaults({ file, document }, sourcesKnown) {
  const { panels, schemaVersion, templating } = document;
  const variables = templating.list ?? [];
  const isOld = schemaVersion < SCHEMA_VERSIONS.from || schemaVersion > SCHEMA_VERSIONS.to;
  const { from, to } = SCHEMA_VERSIONS;
  return [
    ...(isOld ? [`schemaVersion ${schemaVersion} is not one of ${from} to ${to}`] : []),
    ...twice(panels.map(({ id }) => id)).map((id) => `two panels have the id ${id}`),
    ...variables
      .filter(({ datasource }) => !sourcesKnown.has(datasource?.uid ?? ''))
      .map(({ name }) => `the variable ${name} has no data source that is provisioned`),
    ...overlaps(panels),
    ...panels.flatMap((panel) => panelFaults(panel, sourcesKnown)),
    ...variableFaults(panels, variables),
  ].map((fault) => `${file}: ${fault}`);
}

/** @param {Panel} panel @param {Set<string>} sourcesKnown @returns {string[]} */
function panelFaults(panel, sourcesKnown) {
  const { title, gridPos, type } = panel;
  const targets = queriesOf(panel);
  const { x, y, w, h } = gridPos;
  const isOutside = x < 0 || y < 0 || w < 1 || h < 1 || x + w > COLUMNS;
  const used = [panel.datasource, ...targets.map(({ datasource }) => datasource)];
  const unknown = new Set(
    used.flatMap((source) => source?.uid ?? []).filter((uid) => !sourcesKnown.has(uid)),
  );
  return [
    ...(isOutside ? [`is outside of the ${COLUMNS} columns`] : []),
    ...(type !== 'row' && targets.length === 0 ? ['asks for nothing'] : []),
    ...twice(targets.map(({ refId }) => refId)).map((id) => `has two queries ${id}`),
    ...targets
      .filter(({ expr }) => expr.trim() === '')
      .map(({ refId }) => `has an empty query ${refId}`),
    ...[...unknown].map((uid) => `asks ${uid}, which is not provisioned`),
  ].map((fault) => `the panel "${title}" ${fault}`);
}

/** What a panel asks for; a row asks for nothing. @param {Panel} panel */
function queriesOf(panel) {
  return 'targets' in panel ? (panel.targets ?? []) : [];
}

/** @param {Panel[]} panels */
function overlaps(panels) {
  return panels.flatMap((one, i) =>
    panels
      .slice(i + 1)
      .filter(({ gridPos: { x, y, w, h } }) => {
        const { x: left, y: top, w: wide, h: high } = one.gridPos;
        return x < left + wide && left < x + w && y < top + high && top < y + h;
      })
      .map((other) => `the panels "${one.title}" and "${other.title}" overlap`),
  );
}

/** @param {Panel[]} panels @param {Variable[]} variables */
function variableFaults(panels, variables) {
  const texts = panels.flatMap((panel) => [
    panel.title,
    ...queriesOf(panel).flatMap(({ expr, legendFormat }) => [expr, legendFormat]),
  ]);
  const used = new Set(
    texts.flatMap((text) =>
      [...text.matchAll(/\$(\w+)|\$\{(\w+)|\[\[(\w+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? ''),
    ),
  );
  const named = variables.map(({ name }) => name);
  return [
    ...[...used]
      .filter((name) => !BUILT_IN.test(name) && !named.includes(name))
      .map((name) => `$${name} is no variable`),
    ...named.filter((name) => !used.has(name)).map((name) => `nothing uses the variable ${name}`),
    ...twice(named).map((name) => `two variables are called ${name}`),
  ];
}

/** @template T @param {T[]} values @returns {T[]} what stands there more than once */
function twice(values) {
  return [...new Set(values.filter((value, i) => values.indexOf(value) !== i))];
}

/** @returns {{ services?: Record<string, Service> }} */
function compose() {
  return parseDocument(readFileSync(composeFile, 'utf8'), { merge: true }).toJS();
}
