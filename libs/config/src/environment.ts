import { checkRules } from './environment.rules.js';
import { environmentSchema, type Environment } from './environment.schema.js';

/** Names every wrong variable at once, so that an operator mends them in one go. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigurationError';
  }
}

/**
 * Reads the environment; an empty variable counts as not set.
 * @throws ConfigurationError with one line for each wrong variable.
 */
export function parseEnvironment(source: NodeJS.ProcessEnv): Environment {
  const parsed: Record<string, unknown> = {};
  const problems = new Map<string, string>();
  for (const [name, field] of Object.entries(environmentSchema.shape)) {
    const result = field.safeParse(source[name] === '' ? undefined : source[name]);
    if (result.success) parsed[name] = result.data;
    else problems.set(name, result.error.issues.map((issue) => issue.message).join(', '));
  }
  // To a rule a wrong variable looks like a missing one: it has its message already.
  const isWrong = new Set(problems.keys());
  checkRules(parsed as Partial<Environment>, (name, message, partner = name) => {
    if (!isWrong.has(name) && !isWrong.has(partner)) problems.set(name, message);
  });
  if (problems.size > 0) {
    throw new ConfigurationError([...problems].map(([name, message]) => `${name} ${message}`));
  }
  return parsed as Environment;
}

/** The one place that reads the environment of the process. */
export function readEnvironment(): Environment {
  return parseEnvironment(process.env);
}
