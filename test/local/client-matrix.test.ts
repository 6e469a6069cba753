import * as fs from 'node:fs';
import * as z from 'zod';
import { matrixClients } from '../helpers/clients';
import type { Asked } from '../helpers/clients/client';
import { startPlatform, type TestPlatform, until } from '../helpers/platform';
import { synthWithUpstream, UPSTREAM_SECRET, upstreamModel } from '../helpers/synth-with-upstream';
import { startUpstream, type Upstream } from '../helpers/upstream/upstream';

/**
 * Clients that nobody here wrote, unmodified, over the whole platform: each with each adapter's models. Behind Bedrock's adapter is the
 * emulator, behind the other two a server on this machine that speaks their providers' wire format. What leaving a stream does to the model is in
 * test/unit/lambdas/gateway/client-leaves.test.ts: behind Lambda, a model is not told.
 */

let folder: string;
let upstream: Upstream;
let platform: TestPlatform;
beforeAll(async () => {
  upstream = await startUpstream();
  const secretId = UPSTREAM_SECRET;
  folder = synthWithUpstream({
    providers: {
      chat: { api: 'openai-compatible', baseUrl: `${upstream.url}/v1`, secretId },
      messages: { api: 'anthropic', baseUrl: upstream.url, secretId },
    },
    models: ['claude-haiku-4.5', upstreamModel('chat-model', 'chat'), upstreamModel('messages-model', 'messages')],
  });
  // Slow enough for a client to leave in the middle of an answer.
  platform = await startPlatform({ assembly: folder, latency: { firstTokenMs: 0, perTokenMs: 1 } });
});
afterAll(async () => {
  await platform.stop();
  await upstream.close();
  fs.rmSync(folder, { recursive: true });
});

interface Adapter {
  readonly model: string;
  /** Has the provider refuse every call. Returns what calls it off. */
  readonly throttle: () => () => void;
  /** Has the provider break off in the middle of every answer. Returns what calls it off. */
  readonly cut: () => () => void;
  /** Has the provider stop in the middle of its answers, where it would not be slow enough by itself. */
  readonly pause: () => void;
  readonly resume: () => void;
}

const atUpstream = (model: string): Adapter => ({
  model,
  throttle: () => upstream.throttle(),
  cut: () => upstream.cut(),
  pause: () => upstream.pause(),
  resume: () => upstream.resume(),
});
const adapters: readonly (readonly [name: string, adapter: Adapter])[] = [
  [
    'bedrock',
    {
      model: 'claude-haiku-4.5',
      throttle: () => platform.emulator.world.endpoint.faults.add({ service: 'bedrock', kind: 'throttled' }),
      cut: () => platform.emulator.world.endpoint.faults.add({ service: 'bedrock', kind: 'cut', afterChunks: 3 }),
      pause: () => undefined,
      resume: () => undefined,
    },
  ],
  ['openai-compatible', atUpstream('chat-model')],
  ['anthropic', atUpstream('messages-model')],
];

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const place = z.object({ city: z.string(), population: z.number(), seen: z.array(z.string()) });

/** The settlements of the audit trail, once there are as many. */
async function settlements(calls: number): Promise<Record<string, unknown>[]> {
  const settled = async () => Object.values(await platform.audit()).flatMap(({ SETTLEMENT }) => (SETTLEMENT ? [SETTLEMENT] : []));
  await until(async () => (await settled()).length >= calls, `${calls} calls were settled`);
  return settled();
}

describe.each(matrixClients)('%s', (_package, client) => {
  describe.each(adapters)('with a model behind %s', (_adapter, { model, throttle, cut, pause, resume }) => {
    const asked = (): Asked => ({ baseUrl: `${platform.url}/v1`, key: platform.key, model });

    test('a text', async () => {
      const { text, ...rest } = await client.text(asked(), 'Hello there');
      expect(text).toMatch(/^\[simulated answer from .+\] No model was called\. Your message has 2 words and 3 tokens: "Hello there"$/);
      expect(rest).toEqual({ finishReason: 'stop', inputTokens: 3, outputTokens: Math.ceil(text.length / 4) });
    });

    test('a stream: the same as the text, in pieces', async () => {
      const { pieces, ...said } = await client.stream(asked(), 'Hello there');
      expect(said).toEqual(await client.text(asked(), 'Hello there'));
      expect(pieces.length).toBeGreaterThan(3);
      expect(pieces.join('')).toBe(said.text);
    });

    test.each([{ stream: false }, { stream: true }])('a tool, called, answered, and what the model makes of it, %j', async (form) => {
      const run = jest.fn(() => 'sunny');
      const tool = { name: 'get_weather', description: 'The weather of a city', run };
      const said = await client.tools(asked(), 'How is the weather?', tool, form);
      expect(run.mock.calls).toEqual([[expect.objectContaining({ city: 'simulated' })]]);
      expect(said).toMatchObject({ text: expect.stringMatching(/The tools answered: get_weather "sunny"$/), finishReason: 'stop' });
    });

    test('an answer in a schema', async () => {
      expect(await client.object(asked(), 'A place', place)).toEqual({ city: 'simulated', population: 0, seen: ['simulated'] });
    });

    test('an image', async () => {
      expect((await client.image(asked(), 'What is this?', PNG)).text).toContain('and 1 image (png, 70 bytes): "What is this?"');
    });

    test('a stream that the client leaves: it ends, the call is settled once, and the next is answered', async () => {
      const before = (await settlements(0)).length;
      const { text: whole } = await client.text(asked(), 'Hello there');
      pause();
      const leaving = new AbortController();
      const part = await client.leave(asked(), 'Hello there', { signal: leaving.signal, abort: () => leaving.abort() });
      resume();
      expect(part.length).toBeLessThan(whole.length);
      expect(whole.startsWith(part) && part !== '').toBe(true);
      expect((await client.text(asked(), 'Hello there')).text).toBe(whole);
      expect(await settlements(before + 3)).toHaveLength(before + 3);
    });

    test('a stream that breaks off never looks like one that ended', async () => {
      const callOff = cut();
      await expect(client.stream(asked(), 'Hello there').finally(callOff)).rejects.toThrow('broke off in the middle of its answer');
      // An answer closes the model's breaker again.
      await client.text(asked(), 'Hello there');
    });

    describe.each([{ stream: false }, { stream: true }])('errors, %j', (form) => {
      test('429 where the provider takes no more', async () => {
        const callOff = throttle();
        const refused = await client.refusal(asked(), form).finally(callOff);
        expect(refused).toEqual({ class: errorClass(_package, 'RateLimitError'), status: 429, code: 'rate_limit_exceeded' });
      });

      test('404 for a model that there is not', async () => {
        const refused = await client.refusal({ ...asked(), model: 'gpt-99' }, form);
        expect(refused).toEqual({ class: errorClass(_package, 'NotFoundError'), status: 404, code: 'model_not_found' });
      });

      test('400 for a request that is none', async () => {
        const refused = await client.refusal(asked(), { ...form, temperature: 3 });
        expect(refused).toEqual({ class: errorClass(_package, 'BadRequestError'), status: 400, code: 'invalid_request' });
      });
    });
  });
});

/** OpenAI's client has a class for each; the AI SDK has one for all, with the status in it. */
function errorClass(packageName: string, ofOpenAi: string): string {
  return packageName === 'openai' ? ofOpenAi : 'AI_APICallError';
}
