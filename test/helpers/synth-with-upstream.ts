import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, CfnOutput, SecretValue, Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { AiGateway, AuditTrail, type PlatformOptions, PromptRegistry, platformDocument } from '../../index';
import { UPSTREAM_KEY } from './upstream/upstream';

/** The secret of both providers. */
export const UPSTREAM_SECRET = 'team/key';

/** An assembly of a gateway that has such models, and the key of its providers. Returns its folder, which is the caller's to remove. */
export function synthWithUpstream(options: Omit<PlatformOptions, 'region'>): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'upstream-'));
  const app = new App({ outdir: folder, analyticsReporting: false, context: { '@aws-cdk/core:validateAgainstDefaultRules': false } });
  const stack = new Stack(app, 'Product', { env: { region: 'us-east-1' } });
  new secretsmanager.Secret(stack, 'Key', { secretName: UPSTREAM_SECRET, secretStringValue: SecretValue.unsafePlainText(UPSTREAM_KEY) });
  const registry = new PromptRegistry(stack, 'Registry');
  const auditTrail = new AuditTrail(stack, 'AuditTrail');
  new AiGateway(stack, 'Gateway', { platform: platformDocument({ region: 'us-east-1', ...options }), registry, auditTrail });
  new CfnOutput(stack, 'AuditTable', { value: auditTrail.table.tableName });
  new CfnOutput(stack, 'RegistryTable', { value: registry.table.tableName });
  app.synth();
  return folder;
}

/** A model of a provider at an upstream, with all that a model can do. */
export function upstreamModel(id: string, provider: string, providerModelId = id) {
  return {
    id,
    provider,
    providerModelId,
    tier: 'small' as const,
    contextWindowTokens: 100_000,
    maxOutputTokens: 1_000,
    capabilities: {
      tools: 'named' as const,
      strictTools: true,
      serialTools: true,
      images: true,
      jsonSchema: 'native' as const,
      sampling: 'both' as const,
      effort: [],
    },
    price: { input: 1_000_000, output: 2_000_000 },
  };
}
