import { readConverseRequest } from '../../../../../local/services/bedrock/converse-request';

const USER = { role: 'user', content: [{ text: 'hi' }] };
const ASSISTANT = { role: 'assistant', content: [{ text: 'hello' }] };
const read = (body: unknown) => readConverseRequest('amazon.nova-lite-v1:0', Buffer.from(JSON.stringify(body)));

it('reads what the model needs', () => {
  const request = read({
    messages: [{ role: 'user', content: [{ text: 'a' }, { text: 'b' }] }, ASSISTANT, USER],
    system: [{ text: 'be brief' }],
    inferenceConfig: { maxTokens: 7, temperature: 0, topP: 1, stopSequences: ['x'] },
    additionalModelRequestFields: { top_k: 5 },
    requestMetadata: { team: 'a' },
    somethingNew: true,
  });
  expect(request).toEqual({
    modelId: 'amazon.nova-lite-v1:0',
    messages: [
      { role: 'user', texts: ['a', 'b'] },
      { role: 'assistant', texts: ['hello'] },
      { role: 'user', texts: ['hi'] },
    ],
    system: ['be brief'],
    maxTokens: 7,
    stopSequences: ['x'],
  });
});

it('takes an assistant’s prefill, and 4096 tokens by default', () => {
  expect(read({ messages: [USER, ASSISTANT] })).toMatchObject({ maxTokens: 4096, stopSequences: [], system: [] });
});

const inference = (inferenceConfig: unknown) => ({ messages: [USER], inferenceConfig });

it.each<[unknown, string]>([
  [{}, 'must start with a user message'],
  [{ messages: [] }, 'must start with a user message'],
  [{ messages: [ASSISTANT] }, 'must start with a user message'],
  [{ messages: [USER, USER] }, 'must alternate between user and assistant roles'],
  [{ messages: [USER, ASSISTANT, ASSISTANT] }, 'must alternate between user and assistant roles'],
  [{ messages: [{ role: 'system', content: [{ text: 'x' }] }] }, "Value 'system' at 'messages.1.member.role'"],
  [{ messages: [{ role: 'user', content: [] }] }, 'content field in the Message object at messages.0 is empty'],
  [{ messages: [{ role: 'user' }] }, 'content field in the Message object at messages.0 is empty'],
  [
    { messages: [USER, { role: 'assistant', content: [{ text: ' \n' }] }] },
    'text field in the ContentBlock object at messages.1.content.0 is blank',
  ],
  [{ messages: [USER], system: [{ text: '' }] }, 'text field in the SystemContentBlock object at system.0 is blank'],
  [
    inference({ maxTokens: 0 }),
    "Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1",
  ],
  [inference({ maxTokens: -5 }), 'greater than or equal to 1'],
  [inference({ maxTokens: 1.5 }), 'be an integer'],
  [inference({ maxTokens: 2 ** 31 }), 'less than or equal to 2147483647'],
  [
    inference({ temperature: 1.1 }),
    "at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1",
  ],
  [inference({ temperature: -0.1 }), 'greater than or equal to 0'],
  [inference({ topP: 2 }), "at 'inferenceConfig.topP'"],
  [inference({ stopSequences: ['ok', ''] }), "at 'inferenceConfig.stopSequences.2.member'"],
  [inference({ stopSequences: Array.from({ length: 2501 }, () => 'x') }), 'length less than or equal to 2500'],
  [{ messages: [USER], toolConfig: { tools: [] } }, 'does not emulate "toolConfig" in Converse'],
  [{ messages: [USER], guardrailConfig: {} }, 'does not emulate "guardrailConfig"'],
  [{ messages: [USER], additionalModelRequestFields: { thinking: {} } }, 'does not emulate "thinking" in additionalModelRequestFields'],
  [
    { messages: [{ role: 'user', content: [{ image: {} }] }] },
    'does not emulate "image" in the ContentBlock object at messages.0.content.0',
  ],
  [
    { messages: [USER], system: [{ cachePoint: { type: 'default' } }] },
    'does not emulate "cachePoint" in the SystemContentBlock object at system.0',
  ],
])('refuses %j', (body, message) => {
  expect(() => read(body)).toThrow(message);
  expect(() => read(body)).toThrow(expect.objectContaining({ code: 'ValidationException', status: 400 }));
});

it.each<[unknown, string]>([
  [{ messages: 'hi' }, "Expected a list at 'messages'; received string."],
  [{ messages: [USER, null] }, "Expected an object at 'messages.1'; received nothing."],
  [{ messages: [{ role: 'user', content: [{ text: 5 }] }] }, "Expected a string at 'messages.0.content.0.text'; received number."],
  [inference({ maxTokens: '5' }), "Expected a number at 'inferenceConfig.maxTokens'; received string."],
  [[], 'must be a JSON object'],
])('refuses the wrong type in %j', (body, message) => {
  expect(() => read(body)).toThrow(message);
  expect(() => read(body)).toThrow(expect.objectContaining({ code: 'SerializationException' }));
});

it('refuses what is not JSON', () => {
  expect(() => readConverseRequest('m.m', Buffer.from('{'))).toThrow('not valid JSON');
});
