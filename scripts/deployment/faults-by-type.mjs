// Compares documents with TypeScript types, as the compiler knows them: which fields are unknown,
// missing or wrong. For kinds of files whose authors publish types and no schema.
import path from 'node:path';
import ts from 'typescript';
import { inRoot } from '../prepare/paths.mjs';

/** A type with more choices than that is called by its name. */
const MOST_NAMED = 10;

/**
 * @typedef {object} TypedDocument
 * @property {string} title stands before each of its faults
 * @property {any} document
 * @property {string} module where its type is: a package, or a file
 * @property {string} type
 * @property {string} [missing] what to say where there is no such type
 * @property {boolean} [isPartial] a part of a document may lack what is required
 */

/** What is wrong with each. @param {TypedDocument[]} documents @returns {string[]} */
export function faultsByType(documents) {
  const { checker, typeOf } = typesOf(documents);
  return documents.flatMap((each, i) => {
    const { title, document, module, type: name, missing, isPartial = false } = each;
    const type = typeOf(i);
    if (!type || type.flags & ts.TypeFlags.Any)
      return [`${title}: ${missing ?? `${module} has no type ${name}`}`];
    return valueFaults(checker, document, type, { at: '', isPartial }).map(
      (fault) => `${title}: ${fault}`,
    );
  });
}

/** The type of each document, by the compiler. @param {TypedDocument[]} documents */
function typesOf(documents) {
  const name = inRoot('scripts/deployment/types-of-documents.ts');
  const text = documents
    .map(
      ({ module, type }, i) =>
        `import type { ${type} as Type${i} } from '${module}';\nexport type Document${i} = Type${i};`,
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
  // In a patch it takes a field away.
  if (value === null && place.isPartial) return [];
  const all = type.isUnion() ? type.types : [type];
  if (value === null && all.some(({ flags }) => flags & ts.TypeFlags.Null)) return [];
  const choices = all.filter(
    ({ flags }) => !(flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null)),
  );
  const results = choices
    .filter((choice) => isSameShape(checker, value, choice))
    .map((choice) => partFaults(checker, value, choice, place));
  if (results.some((result) => result.length === 0)) return [];
  const named = choices.length > MOST_NAMED ? [type] : choices;
  const wanted = named.map((choice) => checker.typeToString(choice)).join(' or ');
  // Of several shapes the one that it comes closest to is meant.
  const [closest] = results.toSorted((a, b) => a.length - b.length);
  return closest ?? [`${place.at} is ${JSON.stringify(value)} and must be ${wanted}`];
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
