import { readFileSync } from 'node:fs';
import { isUtf8 } from 'node:buffer';
import { EnvFileError, parseEnvFile, type EnvFile } from './env-file.js';
import { checkRules } from './environment.rules.js';
import { environmentSchema, type Environment } from './environment.schema.js';

/** Names every wrong variable at once, so that an operator mends them in one go. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigurationError';
  }
}

/** The variables, and what they owe each other: also when some of them are wrong by themselves. */
const checkedEnvironment = environmentSchema.superRefine(
  (parsed, { issues, addIssue }) => {
    // To a rule a wrong variable looks like a missing one: it has its message already.
    const isWrong = new Set(issues.map(({ path }) => path?.[0]));
    const right = Object.entries(parsed).filter(([name]) => !isWrong.has(name));
    checkRules(
      Object.fromEntries(right) as Partial<Environment>,
      (name, message, partner = name) => {
        if (!isWrong.has(name) && !isWrong.has(partner)) {
          addIssue({ code: 'custom', path: [name], message });
        }
      },
    );
  },
  { when: () => true },
);

/**
 * Reads the environment; an empty variable counts as not set.
 * @throws ConfigurationError with one line for each wrong variable.
 */
export function parseEnvironment(source: NodeJS.ProcessEnv): Environment {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
  const result = checkedEnvironment['~standard'].validate(given);
  if (result instanceof Promise) throw new TypeError('Every check of a variable is synchronous.');
  if (!result.issues) return result.value;
  const problems = new Map<string, string>();
  for (const { path = [], message } of result.issues) {
    const name = path.join('.');
    const before = problems.get(name);
    problems.set(name, before === undefined ? message : `${before}, ${message}`);
  }
  throw new ConfigurationError([...problems].map(([name, message]) => `${name} ${message}`));
}

/**
 * The one place that reads the environment of the process: its variables, and those of ENV_FILE
 * where it has none.
 * @throws ConfigurationError
 */
export function readEnvironment(source: NodeJS.ProcessEnv = process.env): Environment {
  const file = source['ENV_FILE'];
  const environment = file ? parseWithFile(file, source) : parseEnvironment(source);
  // Express and others look for themselves whether this is production.
  process.env['NODE_ENV'] = environment.NODE_ENV;
  return environment;
}

function parseWithFile(file: string, source: NodeJS.ProcessEnv): Environment {
  const { variables, lines } = readEnvFile(file);
  try {
    return parseEnvironment({ ...variables, ...source });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const problems = error.problems.map((problem) => {
      const [name = ''] = problem.split(' ', 1);
      return lines[name] === undefined || source[name] !== undefined
        ? problem
        : `${problem} (${file}, line ${lines[name]})`;
    });
    throw new ConfigurationError(problems);
  }
}

/** @throws ConfigurationError */
export function readEnvFile(file: string): EnvFile {
  try {
    const bytes = readFileSync(file);
    if (!isUtf8(bytes)) throw new EnvFileError(['must be text in UTF-8: save it as that']);
    return parseEnvFile(bytes.toString('utf8'));
  } catch (error) {
    const problems =
      error instanceof EnvFileError
        ? error.problems
        : [`cannot be read: ${error instanceof Error ? error.message : String(error)}`];
    throw new ConfigurationError(problems.map((problem) => `${file} ${problem}`));
  }
}
