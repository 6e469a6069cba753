import * as fc from 'fast-check';
import { parseTemplate, renderTemplate, TemplateSyntaxError, usesOf } from '../../../../../lambdas/core/prompts/template';

const render = (template: string, values: Readonly<Record<string, string>> = {}) =>
  renderTemplate(parseTemplate(template), (name) => (Object.hasOwn(values, name) ? values[name] : undefined));

function placeOf(template: string): TemplateSyntaxError {
  try {
    parseTemplate(template);
  } catch (error) {
    if (error instanceof TemplateSyntaxError) return error;
    throw error;
  }
  throw new Error('it was read');
}

/** Any text, and often one that means something to templates. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('{{', '}}', '{{a}}', '{{b}}', '{{#if a}}', '{{/if}}', '\\', '\n', 'a', '$&', '$1', '\u2028'))
    .map((parts) => parts.join('')),
);

test.each<[string, Record<string, string>, string]>([
  ['', {}, ''],
  ['Hello {{name}}!', { name: 'Ada' }, 'Hello Ada!'],
  ['{{ name }}{{name}}', { name: 'Ada' }, 'AdaAda'],
  ['{{absent}}.', {}, '.'],
  ['{"a": {"b": 1}}', {}, '{"a": {"b": 1}}'],
  ['\\{{name}} is {{name}}', { name: 'Ada' }, '{{name}} is Ada'],
  ['a}}b', {}, 'a}}b'],
  ['{{#if a}}A: {{a}}{{/if}} B', { a: '1' }, 'A: 1 B'],
  ['{{#if a}}A: {{a}}{{/if}} B', {}, ' B'],
  ['{{#if a}}A{{/if}}', { a: '' }, ''],
  ['first\n{{#if a}}\nA: {{a}}\n{{/if}}\nlast', { a: '1' }, 'first\nA: 1\nlast'],
  ['first\n{{#if a}}\nA: {{a}}\n{{/if}}\nlast', {}, 'first\nlast'],
])('%j with %j', (template, values, expected) => {
  expect(render(template, values)).toBe(expected);
});

test('a value is put in as it is, whatever it says', () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(render('1 {{a}} 2 {{b}} 3 {{a}} 4', { a, b })).toBe(`1 ${a} 2 ${b} 3 ${a} 4`);
    }),
    { numRuns: 500 },
  );
});

test.each<[string, RegExp, number, number]>([
  ['{{', /is not closed/, 1, 1],
  ['one\ntwo {{name', /is not closed/, 2, 5],
  ['{{}}', /"" is no variable/, 1, 1],
  ['{{a.b}}', /"a.b" is no variable/, 1, 1],
  ['{{{a}}}', /"\{a" is no variable/, 1, 1],
  ['{{__proto__}}', /is no variable/, 1, 1],
  ['{{> other}}', /"> other" is no variable/, 1, 1],
  ['{{#each a}}{{/each}}', /"#each a" is no variable/, 1, 1],
  ['{{#if a}}', /`\{\{#if a\}\}` is not ended/, 1, 1],
  ['x\n\n {{/if}}', /none has begun/, 3, 2],
  ['{{#if a}}\n{{#if b}}{{/if}}{{/if}}', /may not stand in another one/, 2, 1],
  ['{{#if a}}{{/if}}{{/if}}', /none has begun/, 1, 17],
  [`{{${'a'.repeat(64)}}}`, /is no variable/, 1, 1],
])('%j cannot be read', (template, message, line, column) => {
  const error = placeOf(template);
  expect(error.message).toMatch(message);
  expect(error.place).toEqual({ line, column });
});

test('any text is read or refused by its place, and what was read names only variables', () => {
  fc.assert(
    fc.property(text, (template) => {
      try {
        for (const { name } of usesOf(parseTemplate(template))) expect(name).toMatch(/^[A-Za-z]\w*$/);
      } catch (error) {
        expect(error).toBeInstanceOf(TemplateSyntaxError);
      }
    }),
    { numRuns: 500 },
  );
});

test('a template of a million braces is read in one pass', () => {
  // Quadratic work over this would not end within the test's time.
  expect(placeOf('{{'.repeat(500_000)).message).toMatch(/is not closed/);
  expect(render('\\{{'.repeat(300_000))).toHaveLength(600_000);
  expect(render(`${'\n'.repeat(300_000)}${'{{a}}\n'.repeat(100_000)}`, { a: '1' })).toHaveLength(500_000);
});
