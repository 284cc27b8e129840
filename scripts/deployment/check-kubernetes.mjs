// Checks k8s/ without a cluster: `node check-kubernetes.mjs [folder]`. Each document is compared with the
// type of its kind, as the TypeScript compiler knows it: which fields are unknown, missing or wrong.
// Names every fault and ends with 1 when there is any.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { inRoot } from '../prepare/paths.mjs';
import { faultsByType } from './faults-by-type.mjs';

const root = path.resolve(process.argv[2] ?? inRoot('k8s'));
const customTypes = inRoot('scripts/deployment/custom-resources.d.ts');

/** Where the types of each group of kinds are. @type {Record<string, string>} */
const moduleOf = {
  v1: 'kubernetes-types/core/v1',
  'apps/v1': 'kubernetes-types/apps/v1',
  'autoscaling/v2': 'kubernetes-types/autoscaling/v2',
  'networking.k8s.io/v1': 'kubernetes-types/networking/v1',
  'policy/v1': 'kubernetes-types/policy/v1',
  'kustomize.config.k8s.io/v1beta1': customTypes,
  'kustomize.config.k8s.io/v1alpha1': customTypes,
  'gateway.networking.k8s.io/v1': customTypes,
  'monitoring.coreos.com/v1': customTypes,
};

/** @typedef {{ file: string, document: any }} Found */

const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.yaml'),
);
/** @type {string[]} */
const faults = [];
const found = files.flatMap(documentsIn);
const patches = new Set(
  found.flatMap(({ file, document }) =>
    (document.patches ?? []).map((/** @type {any} */ patch) => beside(file, patch.path)),
  ),
);

faults.push(...absentFiles(), ...unusedFiles(), ...typeFaults());
for (const fault of faults) console.log(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

/** @param {string} file @returns {Found[]} */
function documentsIn(file) {
  return parseAllDocuments(readFileSync(path.join(root, file), 'utf8')).flatMap((document) => {
    if ('errors' in document && document.errors.length > 0) {
      faults.push(...document.errors.map(({ message }) => `${file}: ${message}`));
      return [];
    }
    return [{ file, document: document.toJS() }];
  });
}

/** What kustomizations name, as paths from the root of k8s/. @param {Found} found */
function named({ file, document }) {
  const { resources = [], components = [], configMapGenerator = [] } = document;
  const generated = configMapGenerator.flatMap((/** @type {any} */ each) => each.files ?? []);
  const ofPatches = (document.patches ?? []).map((/** @type {any} */ patch) => patch.path);
  return [...resources, ...components, ...generated, ...ofPatches].map((/** @type {string} */ to) =>
    beside(file, to),
  );
}

/** @param {string} file @param {string} to */
function beside(file, to) {
  return path.join(path.dirname(file), String(to));
}

function absentFiles() {
  return found.flatMap((each) =>
    named(each)
      .filter((to) => !existsSync(path.join(root, to)))
      .map((to) => `${each.file}: names ${to}, which is not there`),
  );
}

function unusedFiles() {
  const used = new Set(found.flatMap(named));
  return files
    .filter((file) => path.basename(file) !== 'kustomization.yaml' && !used.has(file))
    .map((file) => `${file}: no kustomization names it`);
}

function typeFaults() {
  const known = found.filter(({ file, document }) => {
    const isKnown = moduleOf[document?.apiVersion] !== undefined && document.kind !== undefined;
    if (!isKnown)
      faults.push(`${file}: ${document?.kind} of ${document?.apiVersion} is not known here`);
    return isKnown;
  });
  return faultsByType(
    known.map(({ file, document }) => ({
      title: `${file}: ${document.kind}${document.metadata ? ` ${document.metadata.name}` : ''}`,
      document,
      module: moduleOf[document.apiVersion] ?? '',
      type: document.kind,
      missing: `${document.apiVersion} has no such kind`,
      isPartial: patches.has(file),
    })),
  );
}
