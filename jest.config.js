/** Published as ES modules alone, which Jest runs only as CommonJS. */
const ES_MODULES = ['ai', '@ai-sdk', '@workflow', 'eventsource-parser', 'zod'];

module.exports = {
  roots: ['<rootDir>/test'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/integration/', '<rootDir>/test/package/'],
  maxWorkers: 2,
  // Not an expectation: a bound for what hangs, on a machine that may be slow.
  testTimeout: 30_000,
  globalSetup: '<rootDir>/test/global-setup.ts',
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }],
    '\\.js$': ['@swc/jest', { jsc: { target: 'es2024' }, module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: [`/node_modules/(?!(?:${ES_MODULES.join('|')})/)`],
};
