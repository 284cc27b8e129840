import { readFileSync } from 'node:fs';

/** The cells of a table row, without the bars. */
export type Row = string[];

/** A Markdown document as its tests see it: tables under headings. */
export interface Document {
  /** The rows of the tables under a heading, up to the next heading; none when there is no table. */
  rows: (heading: string) => Row[];
}

/** @throws Error for a heading that stands twice or not at all */
export function readDocument(file: string): Document {
  const sections = new Map<string, Row[]>();
  const repeated = new Set<string>();
  let rows: Row[] = [];
  let isCode = false;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line.startsWith('```')) isCode = !isCode;
    if (isCode) continue;
    const heading = /^#+ (.*)$/.exec(line)?.[1]?.replaceAll('`', '').trim();
    if (heading !== undefined) {
      if (sections.has(heading)) repeated.add(heading);
      sections.set(heading, (rows = []));
    } else if (line.startsWith('|')) {
      rows.push(cellsOf(line));
    }
  }
  return {
    rows: (heading) => {
      const found = sections.get(heading);
      if (!found || repeated.has(heading)) {
        throw new Error(`${file} has ${found ? 'two headings' : 'no heading'} "${heading}".`);
      }
      return found.filter((row, i) => !isRule(row) && !isRule(found[i + 1] ?? []));
    },
  };
}

/** What stands in backticks in a cell. */
export function namesIn(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
}

/** `\|` is a bar within a cell. */
function cellsOf(line: string): Row {
  return line
    .replace(/^\|/, '')
    .replace(/\|\s*$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** The line of dashes between the header of a table and its rows. */
function isRule(row: Row): boolean {
  return row.length > 0 && row.every((cell) => /^:?-+:?$/.test(cell));
}
