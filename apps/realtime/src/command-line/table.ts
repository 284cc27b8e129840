/** One line of what a command prints. */
export type Line = Record<string, string | number | boolean | null | undefined>;

/** As a person reads it: a column for each name, as wide as its longest value. */
export function tableOf(lines: readonly Line[]): string {
  const [first] = lines;
  if (!first) return 'None.';
  const names = Object.keys(first);
  const rows = [names, ...lines.map((line) => names.map((name) => textOf(line[name])))];
  const widths = names.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function textOf(value: Line[string]): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}
