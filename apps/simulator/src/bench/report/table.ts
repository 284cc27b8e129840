import { type CaseReport, type Row, type Target } from '../bench-case.js';

/** A case as text for a terminal. */
export function renderCase(number: number, title: string, report: CaseReport): string {
  return [
    '',
    `${number}. ${title}`,
    renderRows(report.rows),
    ...report.targets.map(renderTarget),
    ...report.notes.map((note) => `   ${note}`),
  ].join('\n');
}

function renderTarget({ text, figure, met }: Target): string {
  const verdict = met === undefined ? 'NO FIGURE' : met ? 'met' : 'MISSED';
  return `   target: ${text}: ${figure}, ${verdict}`;
}

/** Columns that say nothing in any row are left out. */
function renderRows(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {}).filter((name) =>
    rows.some((row) => row[name] !== '-'),
  );
  const widths = columns.map((name) =>
    Math.max(name.length, ...rows.map((row) => (row[name] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    '   ' +
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ');
  return [line(columns), ...rows.map((row) => line(columns.map((name) => row[name] ?? '')))].join(
    '\n',
  );
}
