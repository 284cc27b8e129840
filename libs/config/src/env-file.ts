/** What a file of variables says, and the line on which it says it. */
export interface EnvFile {
  variables: Record<string, string>;
  lines: Record<string, number>;
}

/** What cannot be read in a file of variables: one line of text for each place. */
export class EnvFileError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'EnvFileError';
  }
}

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([^=]*?)[ \t]*=[ \t]*/;
const NAME = /^[A-Za-z_][A-Za-z0-9_.]*$/;
const IGNORED = /^[ \t]*(?:#.*)?$/;
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t' };

/**
 * Reads `NAME=value` lines. Values are taken as they are written: nothing is put in for `$`, and `#`
 * begins a comment only after a space. dotenv and Node cut an unquoted value at every `#` and pass
 * over lines that they do not understand: a password would be another one without a word.
 * @throws EnvFileError with the line of every place that cannot be read, and none of its text
 */
export function parseEnvFile(text: string): EnvFile {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const file: EnvFile = { variables: {}, lines: {} };
  const problems: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!;
    if (IGNORED.test(line)) continue;
    const number = at + 1;
    const [start, name] = ASSIGNMENT.exec(line) ?? [];
    if (start === undefined || name === undefined || !NAME.test(name)) {
      problems.push(`line ${number} must be NAME=value, or begin with #`);
      continue;
    }
    const rest = line.slice(start.length);
    const quote = /^["'`]/.exec(rest)?.[0];
    if (quote === undefined) {
      keep(file, name, unquoted(rest, start), number);
      continue;
    }
    const value = quoted(lines, at, start.length + 1, quote);
    if (value === undefined) {
      problems.push(`line ${number}: the quote ${quote} that begins ${name} is not closed`);
      continue;
    }
    if (!/^[ \t]*(?:[ \t]#.*)?$/.test(value.after)) {
      problems.push(
        `line ${value.lastLine + 1}: ${name} goes on after its closing ${quote}: quote all of it, with another kind of quote or \\" within`,
      );
    }
    keep(file, name, value.text, number);
    at = value.lastLine;
  }
  if (problems.length > 0) throw new EnvFileError(problems);
  return file;
}

function keep(file: EnvFile, name: string, value: string, line: number): void {
  file.variables[name] = value;
  file.lines[name] = line;
}

/** A `#` right behind `=` is part of the value, one behind a space is a comment. */
function unquoted(rest: string, start: string): string {
  const text = /[ \t]$/.test(start) ? ` ${rest}` : rest;
  return text.replace(/[ \t]#.*$/, '').trim();
}

interface QuotedValue {
  text: string;
  /** What stands behind the closing quote on its line. */
  after: string;
  lastLine: number;
}

/** The value up to the closing quote, which may be on a later line: a PEM block has line breaks. */
function quoted(
  lines: readonly string[],
  firstLine: number,
  from: number,
  quote: string,
): QuotedValue | undefined {
  let text = '';
  for (let at = firstLine; at < lines.length; at += 1) {
    const line = lines[at]!;
    for (let i = at === firstLine ? from : 0; i < line.length; i += 1) {
      const character = line[i]!;
      if (character === quote) return { text, after: line.slice(i + 1), lastLine: at };
      if (character !== '\\' || quote !== '"') {
        text += character;
        continue;
      }
      i += 1;
      const escaped = line[i];
      // A backslash before anything else is a backslash, as in a path of Windows.
      if (escaped === undefined) text += '\\';
      else if (/["\\$`]/.test(escaped)) text += escaped;
      else text += ESCAPES[escaped] ?? `\\${escaped}`;
    }
    text += '\n';
  }
  return undefined;
}
