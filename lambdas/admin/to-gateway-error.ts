import { InvalidInputError, RegistryError } from '../core/administration/registry-input';
import { asGatewayError, GatewayError } from '../core/errors';
import { storeError } from '../core/store-error';

/** What the stores of the registry throw, as an answer. */
export function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  if (thrown instanceof InvalidInputError) return new GatewayError('invalid_request', thrown.message, { cause: thrown });
  if (thrown instanceof RegistryError) return new GatewayError('registry_refused', thrown.message, { cause: thrown });
  return thrown instanceof Error && '$metadata' in thrown ? storeError(thrown) : asGatewayError(thrown);
}
