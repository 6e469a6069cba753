import { createHash } from 'node:crypto';
import { readGuardrail } from '../services/bedrock/guardrails/definition';
import { partitionOf } from '../services/partition';
import { physicalName, type ResourceRegistry } from '../world';

const ID_CHARACTERS = 12;

export const bedrockResources: ResourceRegistry = {
  'AWS::Bedrock::Guardrail': (properties, context) => {
    const { world, stack, logicalId } = context;
    const note = (what: string) =>
      world.notEvaluated.add(`${what} of ${stack.name}/${logicalId} (AWS::Bedrock::Guardrail): nothing is found by them`);
    const id = createHash('sha256').update(physicalName(context)).digest('hex').slice(0, ID_CHARACTERS);
    const arn = `arn:${partitionOf(world.region)}:bedrock:${world.region}:${world.accountId}:guardrail/${id}`;
    if (properties.KmsKeyArn !== undefined) world.notEvaluated.add('The keys of guardrails: kms:Decrypt is not asked for.');
    world.guardrails.put(id, readGuardrail(properties, note));
    return { ref: arn, attributes: { GuardrailArn: arn, GuardrailId: id, Version: 'DRAFT', Status: 'READY' } };
  },
  'AWS::Bedrock::GuardrailVersion': (properties, { world }) => {
    const identifier = String(properties.GuardrailIdentifier);
    const id = identifier.slice(identifier.lastIndexOf('/') + 1);
    const version = world.guardrails.addVersion(id);
    if (version === undefined) throw new Error(`there is no guardrail ${identifier}.`);
    const arn = `arn:${partitionOf(world.region)}:bedrock:${world.region}:${world.accountId}:guardrail/${id}`;
    return { ref: `${arn}|${version}`, attributes: { GuardrailArn: arn, GuardrailId: id, Version: version } };
  },
};
