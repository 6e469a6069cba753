import { GatewayError } from '../../core/errors';

/** A field that the provider would refuse. @param problem What is wrong and what to change, as the rest of a sentence. */
export function invalidField(param: string, problem: string, cause?: unknown): GatewayError {
  return new GatewayError('invalid_request', `\`${param}\` ${problem}`, { param, cause });
}
