// Checks an OpenAPI document: structure, references, unique operation ids, every response described.
// Called by script/lint as: node script/lint-openapi.mjs spec/openapi.yaml
import core from '@redocly/openapi-core';

const { createConfig, formatProblems, getTotals, lint } = core;

const config = await createConfig({
  extends: ['recommended'],
  rules: {
    // A product that is installed by its users: there is no one server, and localhost is the example.
    'no-empty-servers': 'off',
    'no-server-example.com': 'off',
    // Health and metrics have no way to be asked wrongly.
    'operation-4xx-response': 'off',
    'operation-operationId': 'error',
    'no-unused-components': 'error',
    'no-ambiguous-paths': 'error',
  },
});

const problems = await lint({ ref: process.argv[2], config });
const totals = getTotals(problems);
if (problems.length > 0) {
  formatProblems(problems, { format: 'codeframe', totals, version: '', cwd: process.cwd() });
}
process.exitCode = totals.errors + totals.warnings > 0 ? 1 : 0;
