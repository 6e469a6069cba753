import { createHash } from 'node:crypto';
import { type CommonFault, type Operation, type Service, ServiceError, type WireRequest, type WireResponse } from '../service';
import { jsonAnswer, jsonErrorResponse, readJsonObject, readTarget } from './json-protocol';
import { partitionOf } from './partition';
import { requireRegion } from './require-region';

export interface SecretsManagerOptions {
  readonly accountId: string;
  readonly region: string;
}

interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly value: string | undefined;
  readonly versionId: string;
  /** Epoch seconds. */
  readonly createdDate: number;
}

const FAULTS: Readonly<Record<CommonFault, { readonly code: string; readonly status: number }>> = {
  'access-denied': { code: 'AccessDeniedException', status: 400 },
  throttled: { code: 'ThrottlingException', status: 400 },
  unavailable: { code: 'InternalServiceError', status: 500 },
};

/** Secrets Manager, read only on the wire: secrets come from the templates, or from whoever starts the emulator. Strings alone, no versions. */
export class SecretsManagerService implements Service {
  readonly signingName = 'secretsmanager';
  readonly #secrets = new Map<string, Secret>();
  readonly #options: SecretsManagerOptions;

  constructor(options: SecretsManagerOptions) {
    this.#options = options;
  }

  /** Makes a secret, or gives it another value. @returns Its ARN. */
  putSecret(name: string, value: string | undefined): string {
    const arn = this.#arnOf(name);
    const versionId = createHash('sha256').update(`${name}\n${value}`).digest('hex').slice(0, 32);
    this.#secrets.set(name, { arn, name, value, versionId, createdDate: Date.now() / 1000 });
    return arn;
  }

  operation(request: WireRequest): Operation {
    requireRegion(request, this.#options.region);
    const name = readTarget(request, 'secretsmanager');
    if (name === 'GetSecretValue') return this.#getSecretValue(readJsonObject(request.body));
    throw new ServiceError('UnknownOperationException', `The local emulator does not emulate ${name} of Secrets Manager.`);
  }

  errorResponse(error: ServiceError): WireResponse {
    return jsonErrorResponse(error);
  }

  fault(kind: CommonFault, message: string): ServiceError {
    const { code, status } = FAULTS[kind];
    return new ServiceError(code, message, status);
  }

  #getSecretValue(input: Readonly<Record<string, unknown>>): Operation {
    const unknown = Object.keys(input).find((member) => member !== 'SecretId');
    if (unknown !== undefined) throw invalid(`The local emulator does not emulate "${unknown}" in GetSecretValue.`);
    const { SecretId: id } = input;
    if (typeof id !== 'string' || id === '') throw invalid('"SecretId" must be a string of at least 1 character.');
    const secret = this.#find(id);
    return {
      name: 'GetSecretValue',
      // As in AWS: of a secret that is not there, the name that was asked for must be allowed.
      access: [{ action: 'secretsmanager:GetSecretValue', resource: secret?.arn ?? this.#arnAsked(id) }],
      run: async () => {
        if (secret?.value === undefined) {
          const what = secret === undefined ? 'the specified secret.' : 'the specified secret value for staging label: AWSCURRENT';
          throw new ServiceError('ResourceNotFoundException', `Secrets Manager can't find ${what}`);
        }
        const { arn, name, value, versionId, createdDate } = secret;
        return jsonAnswer({
          ARN: arn,
          Name: name,
          SecretString: value,
          VersionId: versionId,
          VersionStages: ['AWSCURRENT'],
          CreatedDate: createdDate,
        });
      },
    };
  }

  /** By name, by whole ARN, or by an ARN without the six characters at its end. */
  #find(id: string): Secret | undefined {
    if (!id.startsWith('arn:')) return this.#secrets.get(id);
    return [...this.#secrets.values()].find(({ arn, name }) => id === arn || id === this.#prefixOf(name));
  }

  #arnAsked(id: string): string {
    return id.startsWith('arn:') ? id : this.#arnOf(id);
  }

  #prefixOf(name: string): string {
    const { accountId, region } = this.#options;
    return `arn:${partitionOf(region)}:secretsmanager:${region}:${accountId}:secret:${name}`;
  }

  /** With six characters that are the same from start to start. */
  #arnOf(name: string): string {
    return `${this.#prefixOf(name)}-${createHash('sha256').update(name).digest('hex').slice(0, 6)}`;
  }
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
