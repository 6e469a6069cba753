import * as z from 'zod';
import { confidence, decisionShape, defineAgent, defineEffect, defineEvent } from '../../../../../../lambdas/core/agents';

/** An agent with two effects, whose destinations the tests choose. */
export const thingHappened = defineEvent({
  name: 'thing.happened',
  version: 1,
  owner: 'tests',
  data: z.strictObject({ thing: z.string(), size: z.number() }),
});

export const note = defineEffect('note', z.object({ thing: z.string(), answer: z.string() }));
export const letter = defineEffect('letter', z.object({ thing: z.string(), answer: z.string() }));

export const testAgent = defineAgent({
  name: 'tester',
  event: thingHappened,
  prompt: 'tester',
  variables: ({ data }) => ({ thing: data }),
  output: z.object({ ...decisionShape, answer: z.string(), confidence }),
  effects: [note, letter],
  act: ({ output: { answer } }, { data: { thing } }) => [note({ thing, answer }), letter({ thing, answer }), note({ thing, answer })],
});

/** What EventBridge puts into a queue. */
export function eventBody(id: string, data: unknown = { thing: id, size: 1 }, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    version: '0',
    id: '00000000-0000-4000-8000-000000000000',
    'detail-type': thingHappened.name,
    source: thingHappened.owner,
    account: '111122223333',
    time: '2026-06-01T12:00:00Z',
    region: 'eu-west-1',
    resources: [],
    detail: { id, version: 1, data },
    ...more,
  });
}

export const PROMPT_HASH = 'a'.repeat(64);

/** What the gateway answers. */
export function completion(output: unknown, callId = 'c'.repeat(32)): Response {
  const content = typeof output === 'string' ? output : JSON.stringify(output);
  return Response.json(
    { model: 'nova-micro', choices: [{ message: { role: 'assistant', content } }] },
    {
      headers: {
        'x-blueprint-trace-id': callId,
        'x-blueprint-model': 'nova-micro',
        'x-blueprint-prompt-version': 'tester@3',
        'x-blueprint-prompt-hash': PROMPT_HASH,
      },
    },
  );
}
