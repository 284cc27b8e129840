// Checks k8s/ without a cluster: `node check-kubernetes.mjs [folder]`. Each document is compared with the
// type of its kind, as the TypeScript compiler knows it: which fields are unknown, missing or wrong.
// Names every fault and ends with 1 when there is any.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { inRoot } from '../prepare/paths.mjs';

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
  const { checker, typeOf } = typesOf(known.map(({ document }) => document));
  return known.flatMap(({ file, document }, i) => {
    const { kind, metadata } = document;
    const title = `${file}: ${kind}${metadata ? ` ${metadata.name}` : ''}`;
    const type = typeOf(i);
    if (!type || type.flags & ts.TypeFlags.Any)
      return [`${title}: ${document.apiVersion} has no such kind`];
    return valueFaults(checker, document, type, { at: '', isPartial: patches.has(file) }).map(
      (fault) => `${title}: ${fault}`,
    );
  });
}

/** The type of each document, by the compiler. @param {any[]} documents */
function typesOf(documents) {
  const name = inRoot('scripts/deployment/kinds-of-documents.ts');
  const text = documents
    .map(
      ({ apiVersion, kind }, i) =>
        `import type { ${kind} as Kind${i} } from '${moduleOf[apiVersion]}';\nexport type Document${i} = Kind${i};`,
    )
    .join('\n');
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    lib: ['lib.es2022.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (file, ...rest) =>
    path.normalize(file) === name
      ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2022)
      : getSourceFile(file, ...rest);
  const program = ts.createProgram([name], options, host);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(name);
  /** @param {number} i */
  const typeOf = (i) => {
    const alias = source?.statements.find(
      (statement) => ts.isTypeAliasDeclaration(statement) && statement.name.text === `Document${i}`,
    );
    return alias && checker.getTypeAtLocation(alias);
  };
  return { checker, typeOf };
}

/**
 * @param {ts.TypeChecker} checker
 * @param {unknown} value
 * @param {ts.Type} type
 * @param {{ at: string, isPartial: boolean }} place a part of a document may lack what is required
 * @returns {string[]}
 */
function valueFaults(checker, value, type, place) {
  if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return [];
  const choices = (type.isUnion() ? type.types : [type]).filter(
    ({ flags }) => !(flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)),
  );
  const results = choices
    .filter((choice) => isSameShape(checker, value, choice))
    .map((choice) => partFaults(checker, value, choice, place));
  if (results.some((result) => result.length === 0)) return [];
  const wanted = choices.map((choice) => checker.typeToString(choice)).join(' or ');
  return results[0] ?? [`${place.at} is ${JSON.stringify(value)} and must be ${wanted}`];
}

/** @param {ts.TypeChecker} checker @param {unknown} value @param {ts.Type} type */
function isSameShape(checker, value, type) {
  if (Array.isArray(value)) return checker.isArrayType(type);
  if (typeof value === 'object' && value !== null)
    return (
      Boolean(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) &&
      !checker.isArrayType(type)
    );
  if (type.isStringLiteral() || type.isNumberLiteral()) return type.value === value;
  if (type.flags & ts.TypeFlags.BooleanLiteral) return checker.typeToString(type) === String(value);
  const flags = {
    string: ts.TypeFlags.String,
    number: ts.TypeFlags.Number,
    boolean: ts.TypeFlags.Boolean,
  };
  const flag = flags[/** @type {keyof typeof flags} */ (typeof value)];
  return flag !== undefined && Boolean(type.flags & flag);
}

/** @param {ts.TypeChecker} checker @param {any} value @param {ts.Type} type @param {{ at: string, isPartial: boolean }} place */
function partFaults(checker, value, type, { at, isPartial }) {
  if (typeof value !== 'object') return [];
  if (Array.isArray(value)) {
    const [item] = checker.getTypeArguments(/** @type {ts.TypeReference} */ (type));
    return value.flatMap((each, i) =>
      item ? valueFaults(checker, each, item, { at: `${at}[${i}]`, isPartial }) : [],
    );
  }
  const properties = new Map(
    checker.getPropertiesOfType(type).map((property) => [property.name, property]),
  );
  const others = checker.getIndexTypeOfType(type, ts.IndexKind.String);
  /** @param {string} key */
  const inside = (key) => (at ? `${at}.${key}` : key);
  const missing = [...properties.values()].filter(
    ({ name, flags }) => !isPartial && !(flags & ts.SymbolFlags.Optional) && !(name in value),
  );
  return [
    ...missing.map(({ name }) => `${inside(name)} is missing`),
    ...Object.entries(value).flatMap(([key, each]) => {
      const property = properties.get(key);
      const of = property ? checker.getTypeOfSymbol(property) : others;
      if (!of) return [`${inside(key)} is no field`];
      return valueFaults(checker, each, of, { at: inside(key), isPartial });
    }),
  ];
}
