import { type Machine } from '../machine.js';
import { summaryOf, tableOf, type NumberedReport, type Table } from './table.js';

/** The results as a page: the summary for the README first, then every case in full. */
export function renderMarkdown(
  machine: Machine,
  command: string,
  rules: readonly string[],
  reports: readonly NumberedReport[],
): string {
  const { cpu, cores, memoryGigabytes, system, node, redis, placement, at } = machine;
  return [
    `${cpu}, ${cores} cores, ${memoryGigabytes} GB, ${system}, Node ${node}, Redis ${redis} with AOF; ` +
      `${at.slice(0, 10)}; \`${command}\`.`,
    markdownOf(summaryOf(reports)),
    '## How it was measured',
    [`- ${placement}.`, ...rules.map((rule) => `- ${rule}`)].join('\n'),
    ...reports.flatMap(({ number, title, rows, notes }) => [
      `## ${number}. ${title}`,
      ...(rows.length > 0 ? [markdownOf(tableOf(rows))] : []),
      ...(notes.length > 0 ? [notes.map((note) => `- ${note}`).join('\n')] : []),
    ]),
    '',
  ].join('\n\n');
}

function markdownOf([head = [], ...rows]: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
