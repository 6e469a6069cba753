import { answersAgree } from '../../../../../lambdas/core/semantic-cache/compare-answers';

const long = (end: string) => `${'Open the settings and look for the entry of your account. '.repeat(8)}${end}`;

test.each<[string, string, number, boolean]>([
  ['Open the settings.', 'It is in the settings.', 0.82, true],
  ['Open the settings.', ' Open the settings.\n', 0, true],
  ['Open the settings.', 'It is in the settings.', 0.75, true],
  ['Open the settings.', 'Planets have rings.', 0.7499, false],
  ['Open the settings.', 'It is in the settings.', Number.NaN, false],
  ['Turn it on in the settings.', 'Turn it off in the settings.', 0.97, false],
  ['You can return it.', 'You can not return it.', 0.97, false],
  ['It takes 3 days.', 'It takes 5 days.', 0.97, false],
  ['It takes three days.', 'It takes 3 days.', 0.97, true],
  // Long texts that say the same seldom name the same numbers.
  [long('It takes 3 days.'), long('It takes 5 days.'), 0.97, true],
  // What the rules cannot read.
  ['Öffnen Sie die Einstellungen und wählen Sie Ihr Konto aus.', 'Wählen Sie in den Einstellungen nicht das Konto.', 0.97, true],
])('%s | %s at %d: %p', (one, other, similarity, agrees) => {
  expect(answersAgree(one, other, similarity)).toBe(agrees);
  expect(answersAgree(other, one, similarity)).toBe(agrees);
});
