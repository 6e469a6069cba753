import { CommandError } from './cli-error';

const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError']);
const REFUSED_CREDENTIALS = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'UnrecognizedClientException',
]);
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EAI_AGAIN']);
/** All that the SDK says of it. */
const REGION_MISSING = 'Region is missing';

/** The SDK marks what it throws; a refused connection, missing credentials and a missing region it passes on as they are. */
export function isAwsError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return '$metadata' in error || 'code' in error || error.name.endsWith('ProviderError') || error.message === REGION_MISSING;
}

/** What went wrong in a call to AWS, or to the emulator, and what to change. */
export function explainAwsError(error: Error, local: boolean): CommandError {
  const explain = (message: string) => new CommandError(message, { cause: error });
  if (NETWORK.has(codeOf(error))) {
    return local
      ? explain('Nothing answers at the address in .local/endpoint.json: run npm start or blueprint local first, in another terminal.')
      : explain(`AWS cannot be reached (${codeOf(error)}): check the network and --region.`);
  }
  if (error.message === REGION_MISSING) return explain('No AWS region is known: give --region, or set AWS_REGION.');
  if (NO_CREDENTIALS.has(error.name))
    return explain('No AWS credentials were found: sign in (aws sso login) or set AWS_PROFILE; or use --local.');
  if (REFUSED_CREDENTIALS.has(error.name)) return explain(`AWS refuses the credentials (${error.name}): sign in again. ${error.message}`);
  if (error.name === 'AccessDeniedException') return explain(`Your identity may not do this: ${error.message}`);
  if (error.name === 'ResourceNotFoundException')
    return explain('There is no such registry table: deploy the environment again, or mind --table.');
  return explain(`${error.name}: ${error.message}`);
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}
