export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials, as every role has. */
  readonly sessionToken?: string;
}

/** There are no credentials to sign with. */
export class CredentialsMissingError extends Error {
  override readonly name = 'CredentialsMissingError';
}

/**
 * The credentials in the environment variables that Lambda sets from the function's role.
 * @throws CredentialsMissingError
 */
export function environmentCredentials(): AwsCredentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = process.env;
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, sessionToken };
  throw new CredentialsMissingError(
    'There is no AWS_ACCESS_KEY_ID or no AWS_SECRET_ACCESS_KEY in the environment. Outside Lambda pass credentials, for one fromNodeProviderChain() of @aws-sdk/credential-providers.',
  );
}
