import * as path from 'node:path';

/** The assembly of dev that the local suites run. */
export const TEST_ASSEMBLY = path.resolve(__dirname, '..', '..', '.local', 'test-assembly');
