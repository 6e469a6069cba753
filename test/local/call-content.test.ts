import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { forgottenContent } from '../helpers/forgotten-content';
import { MODEL, startPlatform, type TestPlatform, until } from '../helpers/platform';

/** What the audit trail keeps of what was asked and answered: `dev` keeps all of it. */

interface Record {
  readonly intent: { readonly input?: object; readonly input_in?: string };
  readonly settlement: { readonly output?: { readonly content: string }; readonly output_in?: string } | null;
}

let platform: TestPlatform;
beforeEach(async () => {
  platform = await startPlatform();
});
afterEach(() => platform.stop());

const words = (count: number): string => Array.from({ length: count }, (_, index) => `word${index}`).join(' ');
const chat = (content: string, more: object = {}) => ({ model: MODEL, messages: [{ role: 'user', content }], ...more });

async function ask(body: object): Promise<{ readonly id: string; readonly text: string; readonly status: number }> {
  const response = await platform.request('/v1/chat/completions', { body });
  return { id: response.headers.get('x-blueprint-trace-id') ?? '', text: await response.text(), status: response.status };
}

async function settled(id: string): Promise<Record> {
  let record: Record | undefined;
  await until(async () => {
    record = (await (await platform.request(`/v1/calls/${id}`, { method: 'GET' })).json()) as Record;
    return record.settlement !== null;
  }, 'the call was settled');
  return record as Record;
}

const contentOf = (text: string) => (JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0]?.message.content;

test('a call is shown with what was asked and answered, streamed as plain', async () => {
  const plain = await ask(chat('Hello'));
  expect(await settled(plain.id)).toMatchObject({
    intent: { input: chat('Hello') },
    settlement: { output: { role: 'assistant', content: contentOf(plain.text) } },
  });
  const streamed = await ask(chat('Hello', { stream: true }));
  const { intent, settlement } = await settled(streamed.id);
  expect(intent.input).toEqual(chat('Hello', { stream: true }));
  expect(settlement?.output?.content).toBe(contentOf(plain.text));
});

test('a call that is refused is shown with what was asked', async () => {
  const { id, status } = await ask(chat('Hello', { model: 'no-such-model' }));
  expect(status).toBe(404);
  const { intent, settlement } = await settled(id);
  expect(intent.input).toEqual(chat('Hello', { model: 'no-such-model' }));
  expect(settlement).not.toHaveProperty('output');
});

test('what is too large for the table is in the bucket, once, and is shown all the same', async () => {
  const { id, status } = await ask(chat(words(8_000)));
  expect(status).toBe(200);
  const items = (await platform.audit())[id];
  expect(items?.INTENT).toMatchObject({ input_in: { S: 'object' } });
  expect(JSON.stringify(items).length).toBeLessThan(40_000);
  expect((await settled(id)).intent).toMatchObject({ input: chat(words(8_000)), input_in: 'object' });

  const s3 = new S3Client({
    endpoint: platform.emulator.world.endpoint.url,
    region: platform.emulator.world.region,
    credentials: platform.emulator.administrator,
    forcePathStyle: true,
  });
  const Bucket = platform.emulator.output('CallContentBucket');
  const put = (more: object) => s3.send(new PutObjectCommand({ Bucket, Key: `calls/x/${id}/input.json`, Body: '{}', ...more }));
  await expect(put({})).rejects.toMatchObject({ name: 'AccessDenied' });
  await put({ IfNoneMatch: '*' });
  await expect(put({ IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  s3.destroy();
});

test('what has expired in the bucket is missing from its call, which is shown all the same', async () => {
  const { id } = await ask(chat(words(8_000)));
  const forgotten = await forgottenContent(platform, id);
  const response = await platform.request(`/v1/calls/${forgotten}`, { method: 'GET' });
  expect(response.status).toBe(200);
  const { intent } = (await response.json()) as Record;
  expect(intent.input_in).toBe('object');
  expect(intent).not.toHaveProperty('input');
});

test('without the bucket no large call is begun, and a small one is', async () => {
  const { faults } = platform.emulator.world.endpoint;
  faults.add({ service: 's3', kind: 'unavailable' });
  const large = await ask(chat(words(8_000)));
  expect(large.status).toBe(503);
  expect(JSON.parse(large.text)).toMatchObject({ error: { code: 'store_unavailable' } });
  expect((await ask(chat('Hello'))).status).toBe(200);
});
