import { judge } from '../../../../../lambdas/core/semantic-cache/judge';
import { defaultSemanticCacheSettings as settings } from '../../../../../lambdas/core/semantic-cache/settings';

describe('what is the same in other words is a hit', () => {
  test.each([
    ['How do I reset my password?', 'How can I reset the password?'],
    ['Is 1 kg enough?', 'Is 1,000 g enough?'],
    ['Is the shop open at 3:30 pm?', 'Is the shop open at 15:30?'],
    ['What happened on 2024-03-05?', 'What happened on March 5, 2024?'],
    ['Can I send two hundred and fifty dollars?', 'Can I send $250?'],
    ['Which laptop is best under Rs 25000?', 'Which is the best laptop under 25000?'],
    ['What are the top 10 inspirational movies?', 'What are the top inspirational movies?'],
    ['How do I decrease the bounce rate?', 'How do I reduce the bounce rate?'],
    ['How do I get a job with no experience?', 'How do I get a job without experience?'],
    ['Was Mahatma Gandhi a racist?', 'Was Gandhi a racist?'],
    ['What do people in the United States eat?', 'What do people in the U.S. eat?'],
    ['What do Pakistanis think of tea?', 'What do people of Pakistan think of tea?'],
    ['What is the difference between X-rays and MRI?', 'What is the difference between MRI and X-rays?'],
    ['Should I tell her?', 'Should I tell her, or not?'],
    ['Procedure to open account', 'Procedure to open an account'],
  ])('%s | %s', (asked, cached) => {
    expect(judge(asked, cached, 0.97, settings)).toEqual(expect.objectContaining({ isHit: true }));
  });
});

describe('what differs is named', () => {
  test.each([
    ['language', 'Wie setze ich mein Passwort zurück?', 'Wie setze ich das Passwort zurück?'],
    ['language', 'パスワードを変更する', 'パスワードを削除する'],
    ['number', 'Is 4 enough?', 'Is 5 enough?'],
    ['unit', 'Can I send $100?', 'Can I send €100?'],
    ['date', 'Is it open on Monday?', 'Is it open on Tuesday?'],
    ['negation', 'Can I log in?', "Can't I log in?"],
    ['exclusion', 'How do I turn dark mode off?', 'How do I turn dark mode on?'],
    ['exclusion', 'What are the advantages and disadvantages of dams?', 'What are the advantages of dams?'],
    ['name', 'Is it legal in France?', 'Is it legal in Spain?'],
    ['name', 'What is the capital of West Virginia?', 'What is the capital of Virginia?'],
    ['direction', 'How do I convert PDF to Word?', 'How do I convert Word to PDF?'],
    ['question', 'When is tax due?', 'Where is tax due?'],
  ])('%s: %s | %s', (veto, asked, cached) => {
    expect(judge(asked, cached, 1, settings)).toEqual(expect.objectContaining({ isHit: false, veto }));
  });
});

describe('the score', () => {
  test('is the similarity where nothing is added', () => {
    expect(judge('How do I reset my password?', 'How can I reset the password?', 0.9, settings)).toEqual({ isHit: true, score: 0.9 });
  });

  test('loses for a qualifier that one text adds', () => {
    const { isHit, score } = judge('How can I get rid of flying termites?', 'How do I get rid of termites?', 0.9, settings);

    expect(isHit).toBe(false);
    expect(score).toBeCloseTo(0.87, 9);
  });

  test('loses for another kind of question', () => {
    expect(judge('Can you smoke tea?', 'How do you smoke tea?', 0.9, settings).score).toBeCloseTo(0.87, 9);
  });

  test('of one text with itself is its similarity, in any language', () => {
    expect(judge('Wie geht es?', 'Wie geht es?', 1, settings)).toEqual({ isHit: true, score: 1 });
  });

  test('reaches the threshold or is no hit', () => {
    const [asked, cached] = ['How do I reset my password?', 'How can I reset the password?'];

    expect(judge(asked, cached, settings.threshold, settings).isHit).toBe(true);
    expect(judge(asked, cached, settings.threshold - 1e-9, settings).isHit).toBe(false);
  });
});

test.each([
  ['nothing', ''],
  ['spaces', '   '],
  ['signs', '?!. - $ % + °'],
  ['a lone surrogate', '\uD800'],
  ['digits without end', '9'.repeat(5_000)],
  ['one letter repeated', 'a'.repeat(5_000)],
  ['number words without end', 'twenty '.repeat(2_000)],
  ['hyphens', '-1'.repeat(2_000)],
  ['apostrophes', "o'".repeat(2_000)],
])('reads %s without an error', (_name, text) => {
  expect(judge(text, 'How do I reset my password?', 0.99, settings).isHit).toBe(false);
});
