import * as fs from 'node:fs';
import * as path from 'node:path';

/** What the tests that make docs/fault-matrix.md say of a call, in the words of its tables. */

const DOCS = path.resolve(__dirname, '..', '..', 'docs');

export interface Settlement {
  readonly status: string;
  readonly error_code?: string;
  readonly model?: string;
  readonly cost_micro_usd: number;
  readonly usage_estimated: boolean;
  readonly degraded?: string;
  readonly attempts: readonly { model: string; outcome: string; error_code?: string; cost_micro_usd: number }[];
  readonly decision_trail?: readonly { step: string; model?: string; because: string }[];
}

/** Without attempts where no model was asked. */
type Settled = Omit<Settlement, 'attempts'> & Partial<Pick<Settlement, 'attempts'>>;

export function chargeOf({ cost_micro_usd, usage_estimated }: Settled): string {
  if (cost_micro_usd === 0) return 'nothing';
  return usage_estimated ? 'an estimate' : 'the usage';
}

export function auditOf({ status, error_code, attempts = [], decision_trail = [] }: Settled): string {
  const tried = attempts.map(({ model, outcome, error_code: code }) => `${model}: ${code ?? outcome}`);
  const skipped = decision_trail.filter(({ step }) => step === 'skip').map(({ model }) => `${model}: skipped`);
  return `\`${status}\`${error_code === undefined ? '' : ` \`${error_code}\``}; ${[...skipped, ...tried].join(', ')}`;
}

/**
 * Fails unless the page has this section. With `WRITE_FAULT_MATRIX=1` it is written first, so that the page is only ever made by tests.
 *
 * @param heading Of a section that is there, if with other lines.
 * @param page Of docs.
 */
export function expectMatrix(heading: string, lines: readonly string[], page = 'fault-matrix.md'): void {
  const matrix = path.join(DOCS, page);
  const expected = [`## ${heading}`, '', ...lines, ''].join('\n');
  const [intro = '', ...sections] = fs.readFileSync(matrix, 'utf8').split(/^(?=## )/m);
  const at = sections.findIndex((section) => section.startsWith(`## ${heading}\n`));
  if (at === -1) throw new Error(`docs/${page} has no section "## ${heading}": add the heading.`);
  if (process.env.WRITE_FAULT_MATRIX === '1') {
    const written = sections.map((section, index) => (index === at ? expected : section.trimEnd() + '\n'));
    fs.writeFileSync(matrix, [intro.trimEnd() + '\n', ...written].join('\n'));
  }
  const [, ...now] = fs.readFileSync(matrix, 'utf8').split(/^(?=## )/m);
  expect(`${now[at]?.trimEnd()}\n`).toBe(expected);
}
