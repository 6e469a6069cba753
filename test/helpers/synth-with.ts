import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App } from 'aws-cdk-lib';
import { loadEnvironment } from '../../config/load';
import { platformDocumentOf } from '../../config/platform-document';
import type { EnvironmentConfig } from '../../config/schema';
import { PlatformStage } from '../../lib';
import { cdkContext } from './synth';

/** An assembly of dev with another config in parts. Returns its folder, which is the caller's to remove. */
export function synthWith(change: Partial<EnvironmentConfig>): string {
  const config = { ...loadEnvironment('dev'), ...change };
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'assembly-'));
  const app = new App({ context: cdkContext(), outdir, analyticsReporting: false });
  new PlatformStage(app, { config, platform: platformDocumentOf(config) });
  app.synth();
  return outdir;
}
