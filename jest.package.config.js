const unit = require('./jest.config');

/** The package as it is published, in a folder of its own: `npm run test:package`. Its libraries come from the registry. */
module.exports = { ...unit, roots: ['<rootDir>/test/package'], testPathIgnorePatterns: ['/node_modules/'], maxWorkers: 1 };
