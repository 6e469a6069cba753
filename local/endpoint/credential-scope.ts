/** What a SigV4 `Authorization` header says of a call: `Credential=<accessKeyId>/<date>/<region>/<service>/aws4_request`. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
  /** Signing name: `dynamodb`, `bedrock`, `ssm`… */
  readonly service: string;
}

const SCOPE =
  /^AWS4-[A-Z0-9-]+\s+(?:.*[,\s])?Credential=(?<accessKeyId>[^/,\s]+)\/\d{8}\/(?<region>[^/,\s]+)\/(?<service>[^/,\s]+)\/aws4_request/;

/** Reads the scope; undefined when the header is not a SigV4 signature that carries one. */
export function readCredentialScope(authorization: string): CredentialScope | undefined {
  const { accessKeyId, region, service } = SCOPE.exec(authorization)?.groups ?? {};
  return accessKeyId && region && service ? { accessKeyId, region, service } : undefined;
}
