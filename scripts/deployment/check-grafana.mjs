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

/** @typedef {{ file: string, type: string, document: any }} Found */

/** @type {string[]} */
const faults = [];
const dashboards = documentsIn('dashboards', '.json', 'Dashboard');
const sources = documentsIn('provisioning/datasources', '.yml', 'DataSources');
const providers = documentsIn('provisioning/dashboards', '.yml', 'DashboardProviders');
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

/** @param {string} place @param {string} ending @param {string} type @returns {Found[]} */
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
    const isDefault = document.datasources.filter(
      (/** @type {any} */ source) => source.isDefault === true,
    );
    const unknown = document.datasources.filter(
      (/** @type {any} */ source) => !services.includes(URL.parse(source.url)?.hostname ?? ''),
    );
    return [
      ...twice(document.datasources.map(uidOf)).map((uid) => `${file}: two have the uid ${uid}`),
      ...(isDefault.length > 1 ? [`${file}: two are the default`] : []),
      ...unknown.map(
        (/** @type {any} */ { uid, url }) =>
          `${file}: ${uid} is at ${url}, and docker-compose.yml has no such service`,
      ),
    ];
  });
}

/** What the container is given, and where it looks. */
function mountFaults() {
  const { volumes = [], environment = {} } = compose().services?.grafana ?? {};
  /** @type {Map<string, string>} place in the container -> place in the repository */
  const mounted = new Map(
    volumes
      .filter((/** @type {string} */ volume) => volume.startsWith('.'))
      .map((/** @type {string} */ volume) => volume.split(':').slice(0, 2).toReversed()),
  );
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
        .filter((/** @type {any} */ { options }) => !mounted.has(options.path))
        .map(
          (/** @type {any} */ { options }) =>
            `${file}: ${options.path} is no folder that docker-compose.yml mounts`,
        ),
    ),
    ...(isHomeThere ? [] : [`docker-compose.yml: the home dashboard ${home} is not there`]),
  ];
}

/** @param {Found} found @param {Set<string>} sourcesKnown @returns {string[]} */
function dashboardFaults({ file, document }, sourcesKnown) {
  const { panels, schemaVersion, templating } = document;
  const variables = templating.list ?? [];
  const isOld = schemaVersion < SCHEMA_VERSIONS.from || schemaVersion > SCHEMA_VERSIONS.to;
  const { from, to } = SCHEMA_VERSIONS;
  return [
    ...(isOld ? [`schemaVersion ${schemaVersion} is not one of ${from} to ${to}`] : []),
    ...twice(panels.map((/** @type {any} */ { id }) => id)).map(
      (id) => `two panels have the id ${id}`,
    ),
    ...variables
      .filter((/** @type {any} */ { datasource }) => !sourcesKnown.has(datasource?.uid))
      .map(
        (/** @type {any} */ { name }) =>
          `the variable ${name} has no data source that is provisioned`,
      ),
    ...overlaps(panels),
    ...panels.flatMap((/** @type {any} */ panel) => panelFaults(panel, sourcesKnown)),
    ...variableFaults(panels, variables),
  ].map((fault) => `${file}: ${fault}`);
}

/** @param {any} panel @param {Set<string>} sourcesKnown @returns {string[]} */
function panelFaults({ title, gridPos, type, datasource, targets = [] }, sourcesKnown) {
  const { x, y, w, h } = gridPos;
  const isOutside = x < 0 || y < 0 || w < 1 || h < 1 || x + w > COLUMNS;
  const used = [datasource, ...targets.map((/** @type {any} */ target) => target.datasource)];
  const unknown = new Set(
    used.filter(Boolean).map(uidOf).filter((uid) => !sourcesKnown.has(uid)), // prettier-ignore
  );
  return [
    ...(isOutside ? [`is outside of the ${COLUMNS} columns`] : []),
    ...(type !== 'row' && targets.length === 0 ? ['asks for nothing'] : []),
    ...twice(targets.map((/** @type {any} */ { refId }) => refId)).map(
      (id) => `has two queries ${id}`,
    ),
    ...targets
      .filter((/** @type {any} */ { expr }) => expr.trim() === '')
      .map((/** @type {any} */ { refId }) => `has an empty query ${refId}`),
    ...[...unknown].map((uid) => `asks ${uid}, which is not provisioned`),
  ].map((fault) => `the panel "${title}" ${fault}`);
}

/** @param {any[]} panels */
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

/** @param {any[]} panels @param {any[]} variables */
function variableFaults(panels, variables) {
  const texts = panels.flatMap(({ title, targets = [] }) => [
    title,
    ...targets.flatMap((/** @type {any} */ { expr, legendFormat }) => [expr, legendFormat]),
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

/** @returns {any} */
function compose() {
  return parseDocument(readFileSync(composeFile, 'utf8'), { merge: true }).toJS();
}
