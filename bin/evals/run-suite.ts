import { CommandError } from '../commands/cli-error';
import type { PromptFolder } from '../prompts/prompt-folder';
import { limitConcurrency } from '../../lambdas/core/agents/limit-concurrency';
import { compileJsonSchema, type JsonSchemaCheck } from '../../lambdas/gateway/validation/json-schema-check';
import { type Asked, askPrompt, type GatewayFetch } from './ask-prompt';
import { judge } from './judge';
import type { EvalCase, EvalSuite } from './suite';

export interface CaseResult {
  readonly id: string;
  /** `unanswered`: the gateway gave no answer to judge, which says nothing of the prompt. */
  readonly outcome: 'passed' | 'failed' | 'unanswered';
  /** What was wrong. */
  readonly problems: readonly string[];
  /** Of the call: `GET /v1/calls/{id}`. */
  readonly callId: string | null;
  readonly costMicroUsd: number;
}

export interface SuiteResult {
  readonly prompt: string;
  readonly suite: string;
  readonly revision: number;
  /** That was served; those, where a canary or an experiment chose; none where nothing was answered. */
  readonly versions: readonly number[];
  /** That answered. */
  readonly models: readonly string[];
  readonly passed: number;
  readonly unanswered: number;
  /** Passed among all cases, from 0 to 1: what was not answered has not passed. */
  readonly rate: number;
  readonly floor: number;
  readonly costMicroUsd: number;
  readonly cases: readonly CaseResult[];
}

/** A suite asks as one caller among others. */
const CONCURRENCY = 4;

/**
 * Puts every case of a suite to a prompt, each in a call of its own.
 *
 * @throws CommandError when the prompt cannot be asked at all, or gives a version that the folder does not have.
 */
export async function runSuite(gateway: GatewayFetch, prompt: PromptFolder, suite: EvalSuite, asked: Asked): Promise<SuiteResult> {
  const inTurn = limitConcurrency(CONCURRENCY);
  const versions = new Set<number>();
  const models = new Set<string>();

  async function runCase({ id, variables, expect }: EvalCase): Promise<CaseResult> {
    const answer = await askPrompt(gateway, prompt.id, asked, variables, { service: 'evals', feature: suite.name });
    const { callId = null, costMicroUsd } = answer;
    if ('reason' in answer) return { id, outcome: 'unanswered', problems: [answer.reason], callId, costMicroUsd };
    versions.add(answer.version);
    models.add(answer.model);
    const problems = judge(answer.content, expect, schemaCheckOf(prompt, answer.version));
    return { id, outcome: problems.length === 0 ? 'passed' : 'failed', problems, callId, costMicroUsd };
  }

  const cases = await Promise.all(suite.cases.map((one) => inTurn(() => runCase(one))));
  const count = (outcome: CaseResult['outcome']): number => cases.filter((one) => one.outcome === outcome).length;
  return {
    prompt: prompt.id,
    suite: suite.name,
    revision: suite.revision,
    versions: [...versions].toSorted((a, b) => a - b),
    models: [...models].sort(),
    passed: count('passed'),
    unanswered: count('unanswered'),
    rate: count('passed') / cases.length,
    floor: suite.floor,
    costMicroUsd: cases.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0),
    cases,
  };
}

/** By the schema of the version that was served: the gateway says that it held the answer to it, and is not taken at its word. */
function schemaCheckOf({ id, versions }: PromptFolder, served: number): JsonSchemaCheck {
  const found = versions.find(({ version }) => version === served);
  if (found === undefined)
    throw new CommandError(
      `The gateway gave version ${served} of prompt ${id}, which its folder does not have: get it from who pushed it.`,
    );
  if (found.content.output === undefined)
    throw new CommandError(`Version ${served} of prompt ${id} has no output schema; a suite judges the members of answers that have one.`);
  return compileJsonSchema(found.content.output.schema);
}
