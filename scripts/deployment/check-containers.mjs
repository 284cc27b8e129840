// Checks what container engines read, without one: `node check-containers.mjs [compose file] [Dockerfile]`.
// Names every fault and ends with 1 when there is any.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Ajv } from 'ajv';
import { validate as validateDockerfile } from 'dockerfile-utils';
import { parseDocument } from 'yaml';
import { inRoot } from '../prepare/paths.mjs';

const [composeFile = inRoot('docker-compose.yml'), dockerfile = inRoot('Dockerfile')] =
  process.argv.slice(2);
/** What one command makes on each machine, so that the repository does not have it. */
const madeLater = '.secrets/';

/** @typedef {import('ajv').ErrorObject} SchemaError */

const faults = [...faultsOfCompose(composeFile), ...faultsOfDockerfile(dockerfile)];
for (const fault of faults) console.log(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

/** @param {string} file */
function faultsOfCompose(file) {
  const document = parseDocument(readFileSync(file, 'utf8'), { merge: true });
  const name = path.basename(file);
  if (document.errors.length > 0)
    return document.errors.map(({ message }) => `${name}: ${message}`);
  const compose = document.toJS();
  return [...schemaFaults(compose), ...absentFiles(compose, path.dirname(file))].map(
    (fault) => `${name}: ${fault}`,
  );
}

/** @param {unknown} compose */
function schemaFaults(compose) {
  const { resolve } = createRequire(import.meta.url);
  const schemaFile = path.join(
    path.dirname(resolve('dclint/package.json')),
    'schemas/compose.schema.json',
  );
  const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
  // Its draft is not one that Ajv loads by itself; the words it uses are.
  delete schema.$schema;
  const validate = new Ajv({ allErrors: true, strict: false, logger: false }).compile(schema);
  validate(compose);
  const errors = validate.errors ?? [];
  // One fault makes its whole branch fail: only the innermost words tell it.
  const inner = errors.filter(
    ({ keyword, instancePath }) =>
      !['oneOf', 'anyOf', 'if', 'type'].includes(keyword) ||
      !errors.some((other) => other.instancePath.startsWith(`${instancePath}/`)),
  );
  return [...new Set(inner.map(textOf))];
}

/** @param {SchemaError} error */
function textOf({ instancePath, keyword, params, message }) {
  const place = instancePath.slice(1).replaceAll('/', '.') || 'the file';
  if (keyword === 'additionalProperties') {
    return `${place} has an unknown key "${params.additionalProperty}"`;
  }
  const allowed = keyword === 'enum' ? `: ${params.allowedValues.join(', ')}` : '';
  return `${place} ${message}${allowed}`;
}

/**
 * What containers are given must be in the repository.
 * @param {any} compose
 * @param {string} directory
 */
function absentFiles(compose, directory) {
  const named = Object.entries(compose?.services ?? {}).flatMap(([service, settings]) => {
    const { volumes = [], env_file: envFiles = [] } = /** @type {any} */ (settings ?? {});
    const mounted = [volumes]
      .flat()
      .map((volume) => (typeof volume === 'string' ? volume.split(':')[0] : volume?.source));
    return [...mounted.filter((source) => source?.startsWith('.')), ...[envFiles].flat()].map(
      (file) => ({ service: `services.${service}`, file: String(file) }),
    );
  });
  for (const kind of ['secrets', 'configs']) {
    for (const [name, settings] of Object.entries(compose?.[kind] ?? {})) {
      const { file } = /** @type {any} */ (settings ?? {});
      if (file) named.push({ service: `${kind}.${name}`, file });
    }
  }
  return named
    .filter(({ file }) => !path.normalize(file).startsWith(madeLater))
    .filter(({ file }) => !existsSync(path.join(directory, file)))
    .map(({ service, file }) => `${service} needs ${file}, which is not there`);
}

/** @param {string} file */
function faultsOfDockerfile(file) {
  const name = path.basename(file);
  return validateDockerfile(readFileSync(file, 'utf8')).map(
    ({ range, message }) => `${name}, line ${range.start.line + 1}: ${message}`,
  );
}
