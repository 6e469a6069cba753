import * as fc from 'fast-check';
import * as z from 'zod';
import { isChunk } from '../../../../../lambdas/gateway/adapters/openai-compatible/chunk';

const count = z.number().nullish();
const text = z.string().nullish();

/** What the guards say by hand, once more as a schema. */
const chunkSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        delta: z
          .looseObject({
            content: text,
            refusal: text,
            tool_calls: z
              .array(
                z.looseObject({
                  index: z.int().nonnegative().nullish(),
                  id: text,
                  function: z.looseObject({ name: text, arguments: text }).nullish(),
                }),
              )
              .nullish(),
          })
          .nullish(),
        finish_reason: text,
      }),
    )
    .nullish(),
  usage: z
    .looseObject({
      prompt_tokens: count,
      completion_tokens: count,
      total_tokens: count,
      prompt_tokens_details: z.looseObject({ cached_tokens: count }).nullish(),
    })
    .nullish(),
});

const odd = fc.constantFrom<unknown>(null, 0, -1, 1.5, 2 ** 60, Number.POSITIVE_INFINITY, true, '', 'x', [], {}, [null], [[]], 'null');
const mostly = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ arbitrary: right, weight: 30 }, { arbitrary: odd, weight: 1 });
const record = (members: Record<string, fc.Arbitrary<unknown>>) => mostly(fc.record(members, { requiredKeys: [] }));
const words = mostly(fc.constantFrom('a', '', null));
const counts = mostly(fc.constantFrom(0, 7, 2.5, null));
const call = record({
  index: mostly(fc.constantFrom(0, 3)),
  id: words,
  function: record({ name: words, arguments: words }),
  other: odd,
});
const delta = record({ content: words, refusal: words, tool_calls: mostly(fc.array(call, { maxLength: 2 })), other: odd });
const usage = record({ prompt_tokens: counts, completion_tokens: counts, prompt_tokens_details: record({ cached_tokens: counts }) });
const choices = mostly(fc.array(record({ delta, finish_reason: words, index: odd }), { maxLength: 2 }));
const chunk = record({ choices, usage, error: odd, id: odd });

test('takes what the schema takes, and nothing else', () => {
  const seen = { right: 0, wrong: 0 };
  fc.assert(
    fc.property(chunk, (value) => {
      const { success } = chunkSchema.safeParse(value);
      seen[success ? 'right' : 'wrong'] += 1;
      expect(isChunk(value)).toBe(success);
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(seen.right, seen.wrong)).toBeGreaterThan(200);
});

test.each([null, undefined, [], 'text', 1, true])('%j is no chunk', (value) => {
  expect(isChunk(value)).toBe(false);
});
