import { writeFileSync } from 'node:fs';
import { inRoot, root } from './prepare/paths.mjs';
import { runChild } from './process/child.mjs';
import { Interrupted } from './process/signals.mjs';

/** @type {{ name: string, tool: string, args: string[] }[]} `tool` is a path from the root */
const checks = [
  {
    name: 'types',
    tool: 'node_modules/typescript/bin/tsc',
    args: ['-p', 'tsconfig.json', '--noEmit'],
  },
  {
    name: 'types of pages',
    tool: 'node_modules/typescript/bin/tsc',
    args: ['-p', 'apps/dashboard'],
  },
  { name: 'lint', tool: 'node_modules/oxlint/bin/oxlint', args: ['--deny-warnings', '.'] },
  { name: 'format', tool: 'node_modules/prettier/bin/prettier.cjs', args: ['--check', '.'] },
  {
    name: 'direction',
    tool: 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
    args: ['--config', '.dependency-cruiser.cjs', 'apps', 'libs'],
  },
  { name: 'containers', tool: 'scripts/deployment/check-containers.mjs', args: [] },
  { name: 'licences', tool: 'scripts/deployment/check-licences.mjs', args: [] },
  { name: 'grafana', tool: 'scripts/deployment/check-grafana.mjs', args: [] },
  { name: 'kubernetes', tool: 'scripts/deployment/check-kubernetes.mjs', args: [] },
];

/**
 * Runs every check and shows the whole output of those that fail. `--report FILE` writes the
 * counts as JSON.
 * @param {string[]} args
 */
export async function check(args) {
  const results = await Promise.all(checks.map(runCheck));
  const failed = results.filter((passed) => !passed).length;
  const at = args.indexOf('--report');
  const report = at === -1 ? undefined : args[at + 1];
  if (report) writeFileSync(report, JSON.stringify({ passed: results.length - failed, failed }));
  console.log(
    failed === 0 ? 'All checks passed.' : `${failed} of ${results.length} checks failed.`,
  );
  return failed === 0 ? 0 : 1;
}

/** @param {typeof checks[number]} check */
async function runCheck({ name, tool, args }) {
  const since = performance.now();
  /** @type {Buffer[]} */
  const chunks = [];
  const { code, stoppedBy } = await runChild(process.execPath, [inRoot(tool), ...args], {
    cwd: root,
    onOutput: (chunk) => chunks.push(chunk),
  });
  if (stoppedBy) throw new Interrupted(stoppedBy);
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'pass' : 'FAIL'}  ${name}  ${seconds} s`);
  if (code !== 0) console.log(Buffer.concat(chunks).toString().trimEnd());
  return code === 0;
}
