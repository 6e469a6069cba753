module.exports = {
  roots: ['<rootDir>/test'],
  maxWorkers: 2,
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }],
  },
};
