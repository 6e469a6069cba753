import type { AwsConfig } from '../signed-json-call';
import { type ApplyGuardrail, createApplyGuardrail } from './apply-guardrail';

/** Of a function's environment variables: `none` where the environment has no guardrail. */
export interface GuardrailVariables {
  readonly GUARDRAIL_ID: string;
  readonly GUARDRAIL_VERSION: string;
}

/** Undefined where the environment has no guardrail. */
export function guardrailOf(
  { GUARDRAIL_ID: id, GUARDRAIL_VERSION: version }: GuardrailVariables,
  variables: NodeJS.ProcessEnv,
  config: AwsConfig,
): ApplyGuardrail | undefined {
  if (id === 'none') return undefined;
  return createApplyGuardrail(config, { id, version, endpoint: variables.AWS_ENDPOINT_URL_BEDROCK_RUNTIME ?? variables.AWS_ENDPOINT_URL });
}
