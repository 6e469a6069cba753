import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { PlatformDocument } from '../../lambdas/core/platform';
import { acknowledgeWildcards } from './acknowledge';

/** Inference profile ids carry the geography in which they may run a call before the model's id. */
const INFERENCE_PROFILE = /^(?:global|us|us-gov|eu|apac|jp|au|ca)\.(?<model>.+)$/;

/**
 * Lets the grantee invoke exactly those of the platform's models that Bedrock provides: streamed, and those that make embeddings, which do not
 * stream, whole. Other providers ask no permission of AWS. For an inference profile: the profile, and its model in whichever region the profile
 * sends a call to, but only when called through that profile.
 */
export function grantInvokeModels(grantee: iam.IGrantable & Construct, platform: PlatformDocument): void {
  grantInvoke(grantee, ['bedrock:InvokeModelWithResponseStream'], modelIdsOf(platform, platform.models));
  grantInvoke(grantee, ['bedrock:InvokeModel'], modelIdsOf(platform, platform.embeddingModels));
}

function modelIdsOf(
  { providers }: PlatformDocument,
  models: readonly { readonly provider: string; readonly providerModelId: string }[],
): readonly string[] {
  return models.filter(({ provider }) => providers[provider]?.api === 'bedrock').map(({ providerModelId }) => providerModelId);
}

function grantInvoke(grantee: iam.IGrantable & Construct, actions: string[], modelIds: readonly string[]): void {
  const stack = Stack.of(grantee);
  const direct = modelIds.filter((id) => !INFERENCE_PROFILE.test(id));
  const profiles = modelIds.filter((id) => INFERENCE_PROFILE.test(id));
  if (direct.length > 0) {
    iam.Grant.addToPrincipal({
      grantee,
      actions,
      resourceArns: direct.map((id) =>
        stack.formatArn({ service: 'bedrock', account: '', resource: 'foundation-model', resourceName: id }),
      ),
    });
  }
  if (profiles.length > 0) {
    const profileArns = profiles.map((id) => stack.formatArn({ service: 'bedrock', resource: 'inference-profile', resourceName: id }));
    iam.Grant.addToPrincipal({ grantee, actions, resourceArns: profileArns });
    const modelArns = profiles.map((id) => {
      const model = INFERENCE_PROFILE.exec(id)?.groups?.model ?? id;
      return stack.formatArn({ service: 'bedrock', region: '*', account: '', resource: 'foundation-model', resourceName: model });
    });
    iam.Grant.addToPrincipal({
      grantee,
      actions,
      resourceArns: modelArns,
      conditions: { StringEquals: { 'bedrock:InferenceProfileArn': profileArns } },
    });
    acknowledgeWildcards(
      grantee,
      modelArns,
      'The profile chooses the region; the model is fixed, and the condition admits calls through its profile alone.',
    );
  }
}
