import { type CommonFault, type Operation, type Service, ServiceError, type WireRequest, type WireResponse } from '../service';
import type { Key } from '../world';
import { jsonAnswer, jsonErrorResponse, readJsonObject, readTarget } from './json-protocol';
import { isMacOf, KEY_SPECS, type KeySpec, macOf, publicKeyOf, signWith, type StoredKey, verifyWith } from './kms/key-material';
import { KeyStore } from './kms/key-store';
import { partitionOf } from './partition';
import { requireRegion } from './require-region';
import { refuseUnknown, requireString } from './ssm/request-members';

export interface KmsOptions {
  readonly accountId: string;
  readonly region: string;
  /** By ARN; grows while the stacks start. */
  readonly keys: ReadonlyMap<string, Key>;
  /**
   * Where keys are kept; made when it is not there.
   * @default - in memory
   */
  readonly directory?: string;
}

type Input = Readonly<Record<string, unknown>>;

interface Rule {
  /** Members that it takes besides KeyId. */
  readonly members: readonly string[];
  readonly usage?: string;
  run(key: StoredKey, input: Input): Input;
}

const MAX_MESSAGE_BYTES = 4096;
const DIGEST_BYTES = 32;

const FAULTS: Readonly<Record<CommonFault, { readonly code: string; readonly status: number }>> = {
  'access-denied': { code: 'AccessDeniedException', status: 400 },
  throttled: { code: 'ThrottlingException', status: 400 },
  unavailable: { code: 'KMSInternalException', status: 500 },
};

const OPERATIONS: Readonly<Record<string, Rule>> = {
  GenerateMac: {
    members: ['Message', 'MacAlgorithm'],
    usage: 'GENERATE_VERIFY_MAC',
    run: (key, input) => ({ Mac: macOf(key, messageOf(input)).toString('base64'), MacAlgorithm: algorithmOf(key, input, 'MacAlgorithm') }),
  },
  VerifyMac: {
    members: ['Message', 'MacAlgorithm', 'Mac'],
    usage: 'GENERATE_VERIFY_MAC',
    run: (key, input) => {
      const algorithm = algorithmOf(key, input, 'MacAlgorithm');
      if (isMacOf(key, messageOf(input), bytesOf(input, 'Mac'))) return { MacValid: true, MacAlgorithm: algorithm };
      throw new ServiceError('KMSInvalidMacException', 'The MAC does not match the message and the key.');
    },
  },
  Sign: {
    members: ['Message', 'MessageType', 'SigningAlgorithm'],
    usage: 'SIGN_VERIFY',
    run: (key, input) => {
      const algorithm = algorithmOf(key, input, 'SigningAlgorithm');
      return { Signature: signWith(key, messageOf(input), isDigest(input)).toString('base64'), SigningAlgorithm: algorithm };
    },
  },
  Verify: {
    members: ['Message', 'MessageType', 'SigningAlgorithm', 'Signature'],
    usage: 'SIGN_VERIFY',
    run: (key, input) => {
      const algorithm = algorithmOf(key, input, 'SigningAlgorithm');
      const isValid = verifyWith(key, messageOf(input), isDigest(input), bytesOf(input, 'Signature'));
      if (isValid) return { SignatureValid: true, SigningAlgorithm: algorithm };
      throw new ServiceError('KMSInvalidSignatureException', 'The signature does not match the message and the key.');
    },
  },
  GetPublicKey: {
    members: [],
    usage: 'SIGN_VERIFY',
    run: (key) => ({
      PublicKey: publicKeyOf(key).toString('base64'),
      KeySpec: key.spec,
      CustomerMasterKeySpec: key.spec,
      KeyUsage: KEY_SPECS[key.spec].usage,
      SigningAlgorithms: KEY_SPECS[key.spec].algorithms,
    }),
  },
};

/** KMS as far as something is signed: HMAC and ECDSA with keys of the templates. Encryption by S3 and DynamoDB is a matter of permissions alone. */
export class KmsService implements Service {
  readonly signingName = 'kms';
  readonly #store: KeyStore;
  readonly #secrets = new Map<string, StoredKey>();
  /** ARN by name, `alias/…`. */
  readonly #aliases = new Map<string, string>();

  /** Throws an error of one sentence when the directory's state cannot be read. */
  constructor(private readonly options: KmsOptions) {
    this.#store = new KeyStore(options.directory);
  }

  /** Has a key of the templates sign; the one that is stored for that ARN, or a new one. */
  addSigningKey(arn: string, spec: KeySpec): void {
    this.#secrets.set(arn, this.#store.ensure(arn, spec));
  }

  /** @param target id or ARN of a key */
  addAlias(name: string, target: string): void {
    this.#aliases.set(name, this.#arnOf(target));
  }

  /** A key of the templates by id, ARN, alias or alias ARN. */
  find(id: string): Key | undefined {
    return this.options.keys.get(this.#arnOf(id));
  }

  operation(request: WireRequest): Operation {
    requireRegion(request, this.options.region);
    const name = readTarget(request, 'TrentService');
    const rule = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
    if (!rule) throw new ServiceError('UnknownOperationException', `The local emulator does not emulate ${name} of KMS.`);
    const input = readJsonObject(request.body);
    refuseUnknown(name, input, ['KeyId', ...rule.members]);
    const arn = this.#arnOf(requireString(input, 'KeyId'));
    const key = this.options.keys.get(arn);
    return {
      name,
      access: [
        {
          action: `kms:${name}`,
          resource: arn,
          resourcePolicy: key?.policy,
          resourcePolicyIsRoot: key !== undefined,
          context: contextOf(input, request),
        },
      ],
      run: async () => {
        if (!key) throw new ServiceError('NotFoundException', `Key '${arn}' does not exist`);
        const secret = this.#secrets.get(arn);
        if (!secret || KEY_SPECS[secret.spec].usage !== rule.usage) {
          const usage = secret ? KEY_SPECS[secret.spec].usage : 'not emulated on the wire';
          throw new ServiceError('InvalidKeyUsageException', `${arn} key usage is ${usage}, which is not valid for ${name}.`);
        }
        return jsonAnswer({ KeyId: arn, ...rule.run(secret, input) });
      },
    };
  }

  errorResponse(error: ServiceError): WireResponse {
    return jsonErrorResponse(error);
  }

  fault(kind: CommonFault, message: string): ServiceError {
    const { code, status } = FAULTS[kind];
    return new ServiceError(code, message, status);
  }

  /** Of a key's id, ARN, alias or alias ARN. */
  #arnOf(id: string): string {
    const { accountId, region } = this.options;
    const prefix = `arn:${partitionOf(region)}:kms:${region}:${accountId}:`;
    const name = id.startsWith(prefix) ? id.slice(prefix.length) : id;
    if (name.startsWith('alias/')) return this.#aliases.get(name) ?? prefix + name;
    return id.startsWith('arn:') ? id : `${prefix}key/${id}`;
  }
}

function contextOf(input: Input, { principal }: WireRequest): Record<string, string> {
  const context: Record<string, string> = { 'kms:CallerAccount': principal.accountId };
  for (const member of ['SigningAlgorithm', 'MessageType', 'MacAlgorithm']) {
    const value = input[member];
    if (typeof value === 'string') context[`kms:${member}`] = value;
  }
  const { KeyId: id } = input;
  if (typeof id === 'string' && id.startsWith('alias/')) context['kms:RequestAlias'] = id;
  return context;
}

function algorithmOf({ spec }: StoredKey, input: Input, member: string): string {
  const algorithm = requireString(input, member);
  const known: readonly string[] = KEY_SPECS[spec].algorithms;
  if (known.includes(algorithm)) return algorithm;
  throw new ServiceError(
    'InvalidKeyUsageException',
    `Algorithm ${algorithm} is incompatible with key spec ${spec}: it takes ${known.join(', ')}.`,
  );
}

function messageOf(input: Input): Buffer {
  const message = bytesOf(input, 'Message');
  if (message.length > MAX_MESSAGE_BYTES) {
    throw new ServiceError(
      'ValidationException',
      `"Message" has ${message.length} bytes; KMS takes ${MAX_MESSAGE_BYTES}: sign its digest.`,
    );
  }
  if (isDigest(input) && message.length !== DIGEST_BYTES) {
    throw new ServiceError('ValidationException', `Digest is invalid length for algorithm: ${message.length} bytes, not ${DIGEST_BYTES}.`);
  }
  return message;
}

function isDigest({ MessageType: type = 'RAW' }: Input): boolean {
  if (type === 'RAW' || type === 'DIGEST') return type === 'DIGEST';
  throw new ServiceError('ValidationException', `"MessageType" must be RAW or DIGEST; received ${JSON.stringify(type)}.`);
}

/** A blob, in base64 on the wire. */
function bytesOf(input: Input, member: string): Buffer {
  const bytes = Buffer.from(requireString(input, member), 'base64');
  if (bytes.length > 0) return bytes;
  throw new ServiceError('ValidationException', `"${member}" must be base64 of at least 1 byte.`);
}
