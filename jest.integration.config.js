const unit = require('./jest.config');

/** Against real servers, which need a JDK and Maven Central: `npm run test:integration`. */
module.exports = { ...unit, roots: ['<rootDir>/test/integration'], testPathIgnorePatterns: ['/node_modules/'], maxWorkers: 1 };
