import * as fc from 'fast-check';
import { accountOf, matchesAction, matchesArn, matchesWildcard } from '../../../../local/iam/match';

/** The textbook definition, exponential in the worst case: only for short inputs. */
function referenceMatch(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '*') return referenceMatch(pattern.slice(1), text) || (text !== '' && referenceMatch(pattern, text.slice(1)));
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && referenceMatch(pattern.slice(1), text.slice(1));
}

describe('matchesWildcard', () => {
  const word = (letters: string[]) => fc.array(fc.constantFrom(...letters), { maxLength: 9 }).map((characters) => characters.join(''));

  test('agrees with the definition', () => {
    fc.assert(
      fc.property(word(['a', 'b', '*', '?']), word(['a', 'b', '*']), (pattern, text) => {
        expect(matchesWildcard(pattern, text)).toBe(referenceMatch(pattern, text));
      }),
      { numRuns: 5000 },
    );
  });

  test('takes characters of regular expressions for themselves', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(matchesWildcard(text.replaceAll('*', '?'), text)).toBe(true);
        expect(matchesWildcard('*', text)).toBe(true);
      }),
    );
    expect(matchesWildcard('a.c', 'abc')).toBe(false);
    expect(matchesWildcard('[ab]+', 'a')).toBe(false);
  });

  test('does not blow up on patterns that make a backtracking matcher take for ever', () => {
    expect(matchesWildcard(`${'*a'.repeat(500)}b`, 'a'.repeat(5_000))).toBe(false);
    expect(matchesWildcard(`${'*a'.repeat(500)}*`, 'a'.repeat(5_000))).toBe(true);
  });
});

test.each([
  ['dynamodb:GetItem', 'dynamodb:GetItem', true],
  ['DynamoDB:getitem', 'dynamodb:GetItem', true],
  ['dynamodb:Get*', 'dynamodb:GetItem', true],
  ['dynamodb:?etItem', 'dynamodb:GetItem', true],
  ['*', 'dynamodb:GetItem', true],
  ['dynamodb:*', 'dynamodb:GetItem', true],
  ['dynamodb:Get', 'dynamodb:GetItem', false],
  ['dynamodb:BatchGet*', 'dynamodb:GetItem', false],
  ['s3:*', 'dynamodb:GetItem', false],
  ['', 'dynamodb:GetItem', false],
])('action pattern %s on %s: %s', (pattern, action, expected) => {
  expect(matchesAction(pattern, action)).toBe(expected);
});

const TABLE = 'arn:aws:dynamodb:eu-west-1:111122223333:table/Audit';

test.each([
  ['*', TABLE, true],
  [TABLE, TABLE, true],
  ['arn:aws:dynamodb:*:*:table/Audit', TABLE, true],
  ['arn:*:dynamodb:eu-west-1:111122223333:table/*', TABLE, true],
  ['arn:aws:dynamodb', TABLE, true],
  ['arn:aws:dynamodb:*', TABLE, true],
  ['arn:aws:dynamodb:eu-west-1:111122223333:table/audit', TABLE, false],
  ['arn:aws:dynamodb:eu-west-1:111122223333:table/Aud', TABLE, false],
  ['arn:aws:dynamodb:*:table/Audit', TABLE, false],
  [TABLE, `${TABLE}/index/by-day`, false],
  [`${TABLE}/index/*`, `${TABLE}/index/by-day`, true],
  ['arn:*:bedrock:*::foundation-model/*', 'arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-v1:0', true],
  ['arn:*:bedrock:*::foundation-model/*', 'arn:aws:bedrock:eu-west-1:111122223333:foundation-model/x', false],
  ['arn:aws:s3:::bucket/*', 'arn:aws:s3:::bucket/a:b/c', true],
  ['*', '*', true],
  [TABLE, '*', false],
])('ARN pattern %s on %s: %s', (pattern, arn, expected) => {
  expect(matchesArn(pattern, arn)).toBe(expected);
});

test.each([
  [TABLE, '111122223333'],
  ['arn:aws:iam::111122223333:root', '111122223333'],
  ['arn:aws:s3:::bucket', undefined],
  ['arn:aws:iam::aws:policy/ReadOnlyAccess', undefined],
  ['*', undefined],
])('the account of %s is %s', (arn, account) => {
  expect(accountOf(arn)).toBe(account);
});
