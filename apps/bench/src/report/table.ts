import { type CaseReport, type Row, type Target } from '../bench-case.js';
import { ServerKind, titleOf } from '../servers/server-kind.js';

export interface NumberedReport extends CaseReport {
  number: number;
  title: string;
}

export type Table = readonly (readonly string[])[];

/** A case as text for a terminal. */
export function renderReport({ rows, targets, notes }: CaseReport): string {
  return [
    '',
    renderTable(tableOf(rows)),
    ...targets.map((target) => `   ${renderTarget(target)}`),
    ...notes.map((note) => `   ${note}`),
  ].join('\n');
}

/** The figures of all servers side by side, a line for each target; the first line names the columns. */
export function summaryOf(reports: readonly NumberedReport[]): Table {
  const isMeasured = (kind: ServerKind) =>
    reports.some(({ targets }) => targets.some(({ figures }) => figures[kind] !== undefined));
  const kinds = Object.values(ServerKind).filter(
    (kind) => kind !== ServerKind.ridewireMetered || isMeasured(kind),
  );
  return [
    ['', 'measured', ...kinds.map((kind) => titleOf[kind]), 'target', 'verdict'],
    ...reports.flatMap(({ number, targets }) =>
      targets.map(({ what, figures, target, met }) => [
        `${number}`,
        what,
        ...kinds.map((kind) => figures[kind] ?? '-'),
        target ?? '-',
        target === null ? '-' : verdictOf(met),
      ]),
    ),
  ];
}

/** Columns that say nothing in any row are left out. */
export function tableOf(rows: readonly Row[]): Table {
  const columns = Object.keys(rows[0] ?? {}).filter((name) =>
    rows.some((row) => row[name] !== '-'),
  );
  return [columns, ...rows.map((row) => columns.map((name) => row[name] ?? ''))];
}

/** The first column to the left, the others to the right. */
export function renderTable(table: Table): string {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((cells) => cells[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)));
  return table.map((cells) => `   ${line(cells).join('  ')}`.trimEnd()).join('\n');
}

function renderTarget({ what, figures, target, met }: Target): string {
  const listed = Object.entries(figures).map(
    ([kind, figure]) => `${titleOf[kind as ServerKind]} ${figure}`,
  );
  const figure = `${what}: ${listed.join(', ')}`;
  return target === null ? figure : `${figure}; target ${target}: ${verdictOf(met)}`;
}

function verdictOf(met: boolean | undefined): string {
  return met === undefined ? 'NO FIGURE' : met ? 'met' : 'MISSED';
}
