import { App } from 'aws-cdk-lib';
import { loadEnvironment } from '../config/load';
import { platformDocumentOf } from '../config/platform-document';
import { PlatformStage } from '../lib';

/** The CDK app: one environment per synthesis, chosen by `-c env=…`, `dev` when absent. */
try {
  const app = new App();
  const config = loadEnvironment(String(app.node.tryGetContext('env') ?? 'dev'));
  new PlatformStage(app, { config, platform: platformDocumentOf(config) });
  app.synth();
} catch (error) {
  // A stack trace through CDK's internals helps nobody who mistyped a setting.
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
