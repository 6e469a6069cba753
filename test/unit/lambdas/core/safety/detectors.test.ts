import { detectors } from '../../../../../lambdas/core/safety/detectors';
import { kinds } from '../../../../../lambdas/core/safety/kinds';
import { findAll } from './corpus/find-all';

/** What is found, without what lies within a find of the same kind: the end of a number is a number too. */
function found(text: string) {
  const all = findAll(text);
  return all
    .filter((one) => !all.some((other) => other !== one && other.kind === one.kind && other.start <= one.start && other.end >= one.end))
    .map(({ kind, start, end }) => [kind, text.slice(start, end)]);
}

it('has one detector for each kind', () => {
  expect(detectors.map(({ kind }) => kind)).toEqual(kinds);
});

describe('what other things look like', () => {
  it.each([
    ['a card after words', 'my card 4111 1111 1111 1111', [['card', '4111 1111 1111 1111']]],
    ['a card after a year', 'paid 2026 4111 1111 1111 1111', [['card', '4111 1111 1111 1111']]],
    ['an IBAN in fours with a card’s digits in it', 'SA49 4431 4442 6916 3607 5917', [['iban', 'SA49 4431 4442 6916 3607 5917']]],
    ['a card with one digit wrong', 'my card 4111 1111 1111 1112', []],
    ['an IBAN with two digits exchanged', 'DE98370400440532013000', []],
    ['a parcel’s number', 'Tracking number 9400 1471 2315 2111 9597 79', []],
    ['a name that is an attribute', '<input type="password" name="password" autocomplete="off">', []],
    ['a long number', '41111111111111111111111111111111', []],
    ['a price', '$1,234,567.89', []],
    ['a space at an address', 'Der Arbeitsplatz 4 ist frei', []],
    ['a welcome', 'Ich heiße Sie willkommen', []],
  ])('%s', (_, text, expected) => {
    expect(found(text)).toEqual(expected);
  });
});

describe('each kind once, in the order of a text', () => {
  it.each([
    ['email', 'Mail anna.schmidt+news@example.co.uk.', 'anna.schmidt+news@example.co.uk'],
    ['email', 'büro@münchen.de', 'büro@münchen.de'],
    ['phone', 'Ring +44 (0)20 7946 0958 now', '+44 (0)20 7946 0958'],
    ['card', 'amex 3782 822463 10005', '3782 822463 10005'],
    ['iban', 'gb82west12345698765432', 'gb82west12345698765432'],
    ['ip', 'from 203.0.113.9:443', '203.0.113.9'],
    ['us_ssn', '078-05-1121', '078-05-1121'],
    ['de_tax_id', 'Steuer-ID 86095742719', '86095742719'],
    ['aws_key', 'AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE'],
    ['jwt', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'],
  ])('%s in %s', (kind, text, value) => {
    expect(found(text)).toEqual([[kind, value]]);
  });
});
