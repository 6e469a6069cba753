import { nearest } from '../../../config/nearest';

describe('nearest', () => {
  test.each([
    ['retenshun', ['region', 'retention', 'removalPolicy'], 'retention'],
    ['prd', ['dev', 'staging', 'prod'], 'prod'],
    ['dve', ['dev', 'staging', 'prod'], 'dev'],
    ['stage', ['dev', 'staging', 'prod'], 'staging'],
    ['production', ['dev', 'staging', 'prod'], 'prod'],
    ['development', ['dev', 'staging', 'prod'], 'dev'],
    ['LOGLEVEL', ['logLevel', 'models'], 'logLevel'],
    ['eu-wst-1', ['us-west-1', 'eu-west-1'], 'eu-west-1'],
  ])('%s among %j means %s', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  test.each(['x', '', 'something-else-entirely', '__proto__'])('%j is near to nothing', (word) => {
    expect(nearest(word, ['dev', 'staging', 'limits'])).toBeUndefined();
  });

  test('a swap of neighbours counts one, so that it beats two substitutions', () => {
    expect(nearest('abdc', ['abxy', 'abcd'])).toBe('abcd');
  });
});
