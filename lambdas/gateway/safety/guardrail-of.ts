import type * as z from 'zod';
import { type ApplyGuardrail, createApplyGuardrail } from '../../core/guardrail/apply-guardrail';
import type { AwsConfig } from '../../core/signed-json-call';
import type { gatewayEnv } from '../env';

/** Undefined where the environment has no guardrail. */
export function guardrailOf(
  { GUARDRAIL_ID: id, GUARDRAIL_VERSION: version }: Pick<z.infer<typeof gatewayEnv>, 'GUARDRAIL_ID' | 'GUARDRAIL_VERSION'>,
  variables: NodeJS.ProcessEnv,
  config: AwsConfig,
): ApplyGuardrail | undefined {
  if (id === 'none') return undefined;
  return createApplyGuardrail(config, { id, version, endpoint: variables.AWS_ENDPOINT_URL_BEDROCK_RUNTIME ?? variables.AWS_ENDPOINT_URL });
}
