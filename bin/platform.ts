import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { loadEnvironment } from '../config/load';
import { platformDocumentOf } from '../config/platform-document';
import { PlatformStage } from '../lib';

/** The CDK app: one environment per synthesis, chosen by `-c env=…`, `dev` when absent. */
try {
  // The command line would report findings and go on; here a finding fails the synthesis.
  const app = new App({ autoSynth: false, postCliContext: { '@aws-cdk/core:failSynthOnValidationErrors': true } });
  const config = loadEnvironment(String(app.node.tryGetContext('env') ?? 'dev'));
  new PlatformStage(app, { config, platform: platformDocumentOf(config) });
  if (process.env.CDK_VALIDATION !== 'false') Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
} catch (error) {
  // A stack trace through CDK's internals helps nobody who mistyped a setting.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
