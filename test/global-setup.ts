import { synthesize } from '../bin/local/synthesize';
import { bundleAll } from '../scripts/bundle';
import { TEST_ASSEMBLY } from './helpers/test-assembly';

/** Functions run as their real bundles in the tests too, from a really synthesized assembly: both made once, before any suite. */
export default async function globalSetup(): Promise<void> {
  await bundleAll();
  await synthesize('dev', TEST_ASSEMBLY);
}
