import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App } from 'aws-cdk-lib';
import { loadEnvironment } from '../../config/load';
import { platformDocumentOf } from '../../config/platform-document';
import { PlatformStage } from '../../lib';

const ROOT = path.resolve(__dirname, '..', '..');

interface CdkJson {
  readonly context: Record<string, unknown>;
}

/** The feature flags under which the command line synthesizes. */
export function cdkContext(): Record<string, unknown> {
  return (JSON.parse(fs.readFileSync(path.join(ROOT, 'cdk.json'), 'utf8')) as CdkJson).context;
}

export interface TemplateJson {
  readonly Resources: Record<string, { Type: string; DeletionPolicy?: string; Properties?: Record<string, unknown> }>;
}

/** The templates of an environment, by stack id, and the folder of the assembly they stand in. */
export function synthEnvironment(name: string): { folder: string; templates: Record<string, TemplateJson> } {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), `assembly-${name}-`));
  const config = loadEnvironment(name);
  const app = new App({ context: cdkContext(), outdir, analyticsReporting: false });
  const stage = new PlatformStage(app, { config, platform: platformDocumentOf(config) });
  const { stacks } = stage.synth();
  app.synth();
  return {
    folder: outdir,
    templates: Object.fromEntries(
      stacks.map((stack) => [stack.stackName.split('-').at(-1) ?? stack.stackName, stack.template as TemplateJson]),
    ),
  };
}
