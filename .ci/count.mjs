// Prints what failed, then "N passed, N failed", and exits accordingly: node .ci/count.mjs FAILED-BEFORE [VITEST.json STATUS-OF-THE-TESTS]...

import { readFileSync } from 'node:fs';

const [failedBefore, ...runs] = process.argv.slice(2);
let passed = 0;
let failed = Number(failedBefore);
for (let i = 0; i < runs.length; i += 2) {
  const [path = '', status] = runs.slice(i);
  let failedTests = 0;
  try {
    const { numPassedTests, testResults } = JSON.parse(readFileSync(path, 'utf8'));
    passed += numPassedTests;
    for (const { name, status, message, assertionResults } of testResults) {
      const failures = assertionResults.filter((/** @type {{status: string}} */ test) => test.status === 'failed');
      for (const { fullName, failureMessages } of failures) {
        console.log(`FAILED in ${path}: ${name}: ${fullName}\n${failureMessages.join('\n')}`);
      }
      // A file that could not even be loaded has no tests, and is one failure.
      if (status === 'failed' && failures.length === 0) console.log(`FAILED in ${path}: ${name}\n${message}`);
      failedTests += status === 'failed' ? Math.max(failures.length, 1) : failures.length;
    }
  } catch (error) {
    console.log(`No test results: ${error instanceof Error ? error.message : error}`);
  }
  // A crash, or an error outside of any test, shows only in the exit status.
  if (Number(status) !== 0) console.log(`FAILED: the run of ${path} ended with status ${status}`);
  failed += Number(status) === 0 ? failedTests : Math.max(failedTests, 1);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
