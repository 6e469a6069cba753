import { randomBytes } from 'node:crypto';
import { physicalName, type ResourceRegistry } from '../world';

const DEFAULT_LENGTH = 32;
/** Of `GenerateSecretString`; what else it can ask for is not emulated. */
const GENERATED: ReadonlySet<string> = new Set(['PasswordLength', 'ExcludePunctuation']);

export const secretsManagerResources: ResourceRegistry = {
  'AWS::SecretsManager::Secret': (properties, context) => {
    const { world } = context;
    const name = typeof properties.Name === 'string' ? properties.Name : physicalName(context);
    const arn = world.secrets.putSecret(name, valueOf(properties));
    if (properties.KmsKeyId !== undefined) world.notEvaluated.add('The keys of secrets: kms:Decrypt is not asked for.');
    return { ref: arn, attributes: { Id: arn } };
  },
};

function valueOf({ SecretString: given, GenerateSecretString: generate }: Record<string, unknown>): string | undefined {
  if (typeof given === 'string') return given;
  if (generate === undefined) return undefined;
  const wanted = generate as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(wanted).find((member) => !GENERATED.has(member));
  if (unknown !== undefined) throw new Error(`its GenerateSecretString has ${unknown}, which is not emulated.`);
  const length = Number(wanted.PasswordLength ?? DEFAULT_LENGTH);
  return randomBytes(length).toString('base64url').slice(0, length);
}
