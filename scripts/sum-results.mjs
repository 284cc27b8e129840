// Prints `N passed, N failed` for the reports of the suites and of the checks: file, exit code, file, ...
import { readFileSync } from 'node:fs';

/** @param {string} file */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

/**
 * A run that failed without naming a failure (a crash, a file that does not load, no test at all)
 * counts as one.
 * @param {string} file of vitest, or of the checks
 * @param {string} exitCode
 */
function countsOf(file, exitCode) {
  const report = read(file);
  const passed = report.numPassedTests ?? report.passed ?? 0;
  const failed = report.numFailedTests ?? report.failed ?? 0;
  const isHiddenFailure = failed === 0 && (exitCode !== '0' || passed === 0);
  return { passed, failed: isHiddenFailure ? 1 : failed };
}

const args = process.argv.slice(2);
const total = { passed: 0, failed: args.length === 0 ? 1 : 0 };
for (let i = 0; i < args.length; i += 2) {
  const { passed, failed } = countsOf(args[i] ?? '', args[i + 1] ?? '1');
  total.passed += passed;
  total.failed += failed;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
