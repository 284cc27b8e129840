import { expect, test } from 'vitest';
import { type Target } from '../bench-case.js';
import { ServerKind } from '../servers/server-kind.js';
import { renderMarkdown } from './markdown.js';

const machine = {
  cpu: 'A processor',
  cores: 2,
  memoryGigabytes: 24,
  system: 'Linux 6',
  node: 'v24',
  redis: '7.0',
  placement: 'servers on core 0',
  at: '2026-01-02T03:04:05.000Z',
};

test('the summary names ours, the peers, the target and whether it is met', () => {
  const page = pageOf([
    target({ met: true }),
    target({ met: false }),
    target({ met: undefined }),
    target({ target: null, met: undefined }),
  ]);
  const rows = page.split('\n').filter((line) => line.startsWith('| 1 |'));
  expect(rows).toEqual([
    '| 1 | CPU | 2 µs | - | - | 4 µs | - | at most 4 | met |',
    '| 1 | CPU | 2 µs | - | - | 4 µs | - | at most 4 | MISSED |',
    '| 1 | CPU | 2 µs | - | - | 4 µs | - | at most 4 | NO FIGURE |',
    '| 1 | CPU | 2 µs | - | - | 4 µs | - | - | - |',
  ]);
});

test('a page has the rules, each case with its columns that say something, and its notes', () => {
  const page = pageOf([]);
  expect(page).toContain('- a rule');
  expect(page).toContain('## 1. a case\n\n| server | CPU |\n| --- | --- |\n| ours | 2 |');
  expect(page).toContain('- a note');
});

function pageOf(targets: Target[]): string {
  const rows = [{ server: 'ours', CPU: '2', 'other instance': '-' }];
  const report = { number: 1, title: 'a case', rows, targets, notes: ['a note'], runs: [] };
  return renderMarkdown(machine, 'npm run bench', ['a rule'], [report]);
}

function target(differing: Partial<Target>): Target {
  const figures = { [ServerKind.ridewire]: '2 µs', [ServerKind.plainSocketIo]: '4 µs' };
  return { what: 'CPU', figures, target: 'at most 4', met: true, ...differing };
}
