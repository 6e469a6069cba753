import { asColumns } from '../commands/format';
import { formatUsd } from '../../lambdas/core/money';
import type { Comparison } from './compare';
import type { SuiteResult } from './run-suite';

/** A suite's result, and how it compares with another version's where one was asked for. */
export interface EvalReport {
  readonly result: SuiteResult;
  readonly before?: SuiteResult;
  readonly comparison?: Comparison;
}

/** Whether a suite speaks against its prompt, or could not be asked in full. */
export function isBelow({ rate, floor, unanswered }: SuiteResult): boolean {
  return rate < floor || unanswered > 0;
}

/** A table with a row for each run, and below it what went wrong. */
export function asText(reports: readonly EvalReport[]): string {
  const runs = reports.flatMap(({ result, before }) => (before === undefined ? [result] : [result, before]));
  const table = asColumns([['PROMPT', 'VERSION', 'SUITE', 'PASSED', 'RATE', 'FLOOR', 'COST USD', 'MODEL', ''], ...runs.map(rowOf)]);
  return [table, ...reports.flatMap(detailsOf)].join('\n');
}

function rowOf(result: SuiteResult): readonly string[] {
  const { prompt, versions, suite, revision, passed, cases, rate, floor, costMicroUsd, models } = result;
  return [
    prompt,
    versions.join(','),
    `${suite} r${revision}`,
    `${passed}/${cases.length}`,
    rate.toFixed(2),
    floor.toFixed(2),
    formatUsd(costMicroUsd),
    models.join(','),
    rate < floor ? 'below its floor' : '',
  ];
}

function detailsOf({ result, before, comparison }: EvalReport): readonly string[] {
  const notPassed = result.cases.filter(({ outcome }) => outcome !== 'passed');
  const lines = notPassed.map(
    ({ id, outcome, problems, callId }) => `  ${id} ${outcome}: ${problems.join('; ')}${callId === null ? '' : ` (call ${callId})`}`,
  );
  const details = lines.length === 0 ? [] : ['', `${result.prompt}:`, ...lines];
  if (before === undefined || comparison === undefined) return details;
  const { gained, lost, pValue } = comparison;
  const names = (ids: readonly string[]): string => (ids.length === 0 ? 'none' : ids.join(', '));
  const than = `version ${before.versions.join(',')}`;
  return [
    ...details,
    '',
    `${result.prompt} against ${than}: passes ${names(gained)} that it does not; does not pass ${names(lost)} that it does (McNemar, exact: p = ${pValue.toFixed(3)}).`,
  ];
}
