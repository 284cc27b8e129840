// Prints `N passed, N failed` for vitest's JSON report and the report of the checks.
import { readFileSync } from 'node:fs';

const [testsFile = '', testsExitCode = '1', checksFile = '', checksExitCode = '1'] =
  process.argv.slice(2);

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
 * @param {number} passed @param {number} failed @param {string} exitCode
 */
function honest(passed, failed, exitCode) {
  const isHiddenFailure = failed === 0 && (exitCode !== '0' || passed === 0);
  return { passed, failed: isHiddenFailure ? 1 : failed };
}

const { numPassedTests = 0, numFailedTests = 0 } = read(testsFile);
const { passed: passedChecks = 0, failed: failedChecks = 0 } = read(checksFile);
const tests = honest(numPassedTests, numFailedTests, testsExitCode);
const checks = honest(passedChecks, failedChecks, checksExitCode);
const failed = tests.failed + checks.failed;
console.log(`${tests.passed + checks.passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
