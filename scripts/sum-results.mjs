// Prints `N passed, N failed` for the JSON reports of vitest and the report of the checks.
import { readFileSync } from 'node:fs';

const [
  testsFile = '',
  testsExitCode = '1',
  browserFile = '',
  browserExitCode = '1',
  checksFile = '',
  checksExitCode = '1',
] = process.argv.slice(2);

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

/** @param {string} file @param {string} exitCode */
function testsOf(file, exitCode) {
  const { numPassedTests = 0, numFailedTests = 0 } = read(file);
  return honest(numPassedTests, numFailedTests, exitCode);
}

const { passed: passedChecks = 0, failed: failedChecks = 0 } = read(checksFile);
const tests = testsOf(testsFile, testsExitCode);
const browser = testsOf(browserFile, browserExitCode);
const checks = honest(passedChecks, failedChecks, checksExitCode);
const passed = tests.passed + browser.passed + checks.passed;
const failed = tests.failed + browser.failed + checks.failed;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
