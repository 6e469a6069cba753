/** For whoever calls a gateway with an AWS identity. */
export { type AwsCredentials, CredentialsMissingError } from './credentials';
export { createSignedFetch, type SignedFetch, type SignedFetchOptions } from './signed-fetch';
