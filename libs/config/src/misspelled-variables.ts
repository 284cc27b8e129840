import { CLIENT_VARIABLES } from './client-environment.js';
import { readEnvFile } from './environment.js';
import { environmentSchema } from './environment.schema.js';

/** A variable that is set and that nobody reads, though its name is nearly one of ours. */
export interface MisspelledVariable {
  name: string;
  meant: string;
  /** Of ENV_FILE, where it stands there. */
  line?: number;
}

/** Two typing errors; names of other programs are further away. */
const MOST_EDITS = 2;

const SERVER_VARIABLES = Object.keys(environmentSchema.shape);
const KNOWN = new Set([...SERVER_VARIABLES, ...CLIENT_VARIABLES]);

/**
 * Variables that were meant to be settings and are ignored: no rule misses an optional one. A name
 * counts that begins with the first word of one of ours, e.g. WS_, and differs from it by one or two
 * letters, while that one is not set. Values are not looked at.
 * @throws ConfigurationError when ENV_FILE cannot be read
 */
export function misspelledVariables(source: NodeJS.ProcessEnv = process.env): MisspelledVariable[] {
  const file = source['ENV_FILE'] ? readEnvFile(source['ENV_FILE']) : { variables: {}, lines: {} };
  const given = { ...file.variables, ...source };
  const lines: Partial<Record<string, number>> = file.lines;
  return Object.keys(given).flatMap((name) => {
    const meant = KNOWN.has(name) ? undefined : nearestTo(name, given);
    const line = source[name] === undefined ? lines[name] : undefined;
    if (meant === undefined) return [];
    return [{ name, meant, ...(line === undefined ? {} : { line }) }];
  });
}

function nearestTo(name: string, given: NodeJS.ProcessEnv): string | undefined {
  const upper = name.toUpperCase();
  const family = /^[A-Z]+_/.exec(upper)?.[0];
  if (family === undefined) return undefined;
  const near = SERVER_VARIABLES.filter((each) => each.startsWith(family) && !given[each])
    .map((each) => ({ each, edits: editsBetween(upper, each) }))
    .filter(({ edits }) => edits <= MOST_EDITS)
    .toSorted((a, b) => a.edits - b.edits);
  return near[0]?.each;
}

/** Letters to insert, leave out, replace or swap with their neighbours. */
function editsBetween(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let edits = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, replaced);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) edits = Math.min(edits, rows[i - 2]![j - 2]! + 1);
      row.push(edits);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
