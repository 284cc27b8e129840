import { type CaseReport, type Row, type Target } from '../bench-case.js';

export interface NumberedReport extends CaseReport {
  number: number;
  title: string;
}

/** A case as text for a terminal. */
export function renderReport({ rows, targets, notes }: CaseReport): string {
  return [
    '',
    renderRows(rows),
    ...targets.map((target) => `   target: ${renderTarget(target)}`),
    ...notes.map((note) => `   ${note}`),
  ].join('\n');
}

/** Every target once more, at the end. */
export function renderTargets(reports: readonly NumberedReport[]): string {
  const lines = reports.flatMap(({ number, targets }) =>
    targets.map((target) => `${number}. ${renderTarget(target)}`),
  );
  return ['', 'Targets', ...lines].join('\n');
}

function renderTarget({ text, figure, met }: Target): string {
  const verdict = met === undefined ? 'NO FIGURE' : met ? 'met' : 'MISSED';
  return `${text}: ${figure}, ${verdict}`;
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
