import { promptContent } from '../../../../../lambdas/core/prompts/prompt-content';
import { toLabelItem, toVersionItem } from '../../../../../lambdas/core/prompts/prompt-items';
import { createPromptReader, type PromptReader } from '../../../../../lambdas/core/prompts/prompt-reader';
import { type FakeStore, type StoreAnswer, startStore } from '../../support/dynamodb';
import { labelOf } from '../../support/prompts';

const content = (word: string) =>
  promptContent.parse({
    messages: [{ role: 'user', template: `${word} {{what}}` }],
    variables: { what: { type: 'string', maxLength: 5 } },
  });
const versionItem = (version: number) => toVersionItem({ id: 'p', version, content: content(`v${version}`), owner: 'tests', createdAt: 1 });
const labelItem = (version: number) => toLabelItem({ id: 'p', record: labelOf({ version, canary: { version: 9, percent: 5 } }) });

let items: Map<string, object>;
let failing: StoreAnswer | undefined;
let nowMs: number;
let store: FakeStore;
let reader: PromptReader;
beforeEach(async () => {
  items = new Map();
  failing = undefined;
  nowMs = 0;
  store = await startStore(({ body }) => {
    if (failing !== undefined) return failing;
    const { pk, sk } = (JSON.parse(body) as { Key: Record<string, { S: string }> }).Key;
    const Item = items.get(`${pk?.S}/${sk?.S}`);
    return { status: 200, body: Item === undefined ? {} : { Item } };
  });
  reader = createPromptReader(store.client, 'Registry', { nowMs: () => nowMs, monotonicMs: () => 0 });
});
afterEach(() => store.close());

function put(item: Record<string, { S?: string } | object>): void {
  items.set(`${(item.pk as { S: string }).S}/${(item.sk as { S: string }).S}`, item);
}
const reads = () =>
  store.requests().map(({ body }) =>
    Object.values(body.Key as Record<string, { S: string }>)
      .map(({ S }) => S)
      .join('/'),
  );

test('a label and its version are read once, consistently, and then known', async () => {
  put(labelItem(3));
  put(versionItem(3));
  expect(await reader.findLabel('p', 'production')).toMatchObject({ version: 3, canary: { version: 9, percent: 5 } });
  expect(await reader.findVersion('p', 3)).toMatchObject({
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    prompt: { content: content('v3') },
  });
  await reader.findLabel('p', 'production');
  await reader.findVersion('p', 3);
  expect(reads()).toEqual(['LABEL#production#p/LABEL', 'PROMPT#p/VERSION#3']);
  expect(store.requests().every(({ operation, body }) => operation === 'GetItem' && body.ConsistentRead === true)).toBe(true);
});

test('a label that was moved is followed after 30 s at the latest', async () => {
  put(labelItem(3));
  await reader.findLabel('p', 'production');
  put(labelItem(4));
  nowMs = 29_999;
  expect((await reader.findLabel('p', 'production'))?.version).toBe(3);
  nowMs = 30_000;
  expect((await reader.findLabel('p', 'production'))?.version).toBe(4);
});

test('a version that was just pushed is found at once, by who was told too early that there is none', async () => {
  expect(await reader.findVersion('p', 3)).toBeUndefined();
  put(versionItem(3));
  expect(await reader.findVersion('p', 3)).toBeDefined();
});

test('a version whose content is not what was hashed is given to nobody', async () => {
  const changed = versionItem(3);
  put({ ...changed, content: { S: changed.content?.S?.replace('v3', 'v4') ?? '' } });
  await expect(reader.findVersion('p', 3)).rejects.toThrow(/Version 3 of prompt p is not what was released/);
});

test.each<[string, object]>([
  ['a label without a version', { ...labelItem(3), version: { S: 'three' } }],
  ['a canary for more than everybody', { ...labelItem(3), canary: { M: { version: { N: '4' }, percent: { N: '400' } } } }],
])('%s is an error, and no other version', async (_what, item) => {
  put(item as Record<string, object>);
  await expect(reader.findLabel('p', 'production')).rejects.toThrow(/The item LABEL#production#p \/ LABEL cannot be read/);
});

test('while the store does not answer, what is too old is not used', async () => {
  put(labelItem(3));
  await reader.findLabel('p', 'production');
  failing = { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#AccessDeniedException', message: 'no' } };
  nowMs = 30_000;
  await expect(reader.findLabel('p', 'production')).rejects.toMatchObject({ name: 'GatewayError' });
});

test('refreshing looks at a known label that is too old, and at nothing else', async () => {
  reader.refresh('p');
  reader.refresh('other');
  put(labelItem(3));
  await reader.findLabel('p', 'production');
  reader.refresh('p');
  expect(reads()).toHaveLength(1);
  nowMs = 30_000;
  put(labelItem(4));
  reader.refresh('p');
  expect((await reader.findLabel('p', 'production'))?.version).toBe(4);
  expect(reads()).toHaveLength(2);
  nowMs = 60_000;
  failing = { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#AccessDeniedException', message: 'no' } };
  expect(() => reader.refresh('p')).not.toThrow();
});
