import type { Access } from '../../iam/types';
import { ServiceError } from '../../service';
import { partitionOf } from '../partition';
import { readInferenceProfile } from './inference-geographies';

/** The account and region whose Bedrock is emulated. */
export interface BedrockHome {
  readonly accountId: string;
  readonly region: string;
}

/** `provider.model`, with versions after it: `anthropic.claude-sonnet-4-20250514-v1:0`. */
const MODEL_ID = /^[a-z0-9-]{1,63}\.[a-z0-9-]{1,63}(?:[.:][a-z0-9-]{1,63})*$/i;
const MODEL_ARN =
  /^arn:(?<partition>aws(?:-[^:]+)?):bedrock:(?<region>[a-z0-9-]{1,20}):(?<account>\d{12})?:(?<kind>[a-z-]+)\/(?<id>[a-zA-Z0-9:.-]+)$/;

/**
 * What a call needs to be allowed to reach the model that it names: a foundation model's id or ARN, or an inference profile's. A profile needs
 * itself and its model in every region where it may send the call.
 * Throws ServiceError for an identifier that Bedrock would refuse, and for the kinds that are not emulated.
 */
export function accessToModel(identifier: string, action: string, home: BedrockHome): readonly Access[] {
  const id = identifierWithinHome(identifier, home);
  const profile = readInferenceProfile(id, home.region);
  const prefix = `arn:${partitionOf(home.region)}:bedrock`;
  if (identifier.startsWith('arn:') && identifier.includes(':inference-profile/') !== (profile !== undefined)) throw invalidIdentifier();
  if (!profile) {
    const resource = `${prefix}:${home.region}::foundation-model/${id}`;
    return [{ action, resource, context: { 'aws:RequestedRegion': home.region } }];
  }
  if (!profile.destinations) throw invalidIdentifier();
  const profileArn = `${prefix}:${home.region}:${home.accountId}:inference-profile/${id}`;
  return [
    { action, resource: profileArn, context: { 'aws:RequestedRegion': home.region } },
    ...profile.destinations.map(({ arnRegion, requestedRegion }) => ({
      action,
      resource: `${prefix}:${arnRegion}::foundation-model/${profile.modelId}`,
      context: { 'aws:RequestedRegion': requestedRegion, 'bedrock:InferenceProfileArn': profileArn },
    })),
  ];
}

function identifierWithinHome(identifier: string, home: BedrockHome): string {
  if (!identifier.startsWith('arn:')) {
    if (MODEL_ID.test(identifier)) return identifier;
    throw invalidIdentifier();
  }
  const { partition, region, account, kind, id = '' } = MODEL_ARN.exec(identifier)?.groups ?? {};
  if (partition !== partitionOf(home.region) || region !== home.region) throw invalidIdentifier();
  const expectedAccount = { 'foundation-model': undefined, 'inference-profile': home.accountId };
  if (kind !== 'foundation-model' && kind !== 'inference-profile') {
    throw new ServiceError('ValidationException', `The local emulator does not emulate models of the kind "${kind}" (${identifier}).`);
  }
  if (account !== expectedAccount[kind] || !MODEL_ID.test(id)) throw invalidIdentifier();
  return id;
}

function invalidIdentifier(): ServiceError {
  return new ServiceError('ValidationException', 'The provided model identifier is invalid.');
}
