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
      {
        role: 'user',
        content: [
          { kind: 'text', text: 'a' },
          { kind: 'text', text: 'b' },
        ],
      },
      { role: 'assistant', content: [{ kind: 'text', text: 'hello' }] },
      { role: 'user', content: [{ kind: 'text', text: 'hi' }] },
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
  [{ messages: [USER], serviceTier: { type: 'flex' } }, 'does not emulate "serviceTier" in Converse'],
  [{ messages: [USER], guardrailConfig: {} }, 'does not emulate "guardrailConfig"'],
  [{ messages: [USER], additionalModelRequestFields: { thinking: {} } }, 'does not emulate "thinking" in additionalModelRequestFields'],
  [
    { messages: [{ role: 'user', content: [{ document: {} }] }] },
    'does not emulate "document" in the ContentBlock object at messages.0.content.0',
  ],
  [
    { messages: [USER], system: [{ cachePoint: { type: 'default' } }] },
    'does not emulate "cachePoint" in the SystemContentBlock object at system.0',
  ],
])('refuses %j', (body, message) => {
  expect(() => read(body)).toThrow(message);
  expect(() => read(body)).toThrow(expect.objectContaining({ code: 'ValidationException', status: 400 }));
});

const TOOL_CONFIG = { tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object' } } } }] };
const using = (...ids: string[]) => ({
  role: 'assistant',
  content: ids.map((toolUseId) => ({ toolUse: { toolUseId, name: 'f', input: {} } })),
});
const results = (...ids: string[]) => ({
  role: 'user',
  content: ids.map((toolUseId) => ({ toolResult: { toolUseId, content: [{ text: 'x' }] } })),
});
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const image = (value: unknown) => ({ messages: [{ role: 'user', content: [{ image: value }] }] });
const toolConfig = (value: unknown) => ({ messages: [USER], toolConfig: value });
const toolSpec = (change: object) => toolConfig({ tools: [{ toolSpec: { ...TOOL_CONFIG.tools[0]?.toolSpec, ...change } }] });
const textFormat = (schema: unknown) => ({
  messages: [USER],
  outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { schema } } } },
});

it('reads tools, their calls and their results', () => {
  const messages = [USER, using('a', 'b'), results('b', 'a'), using('c'), results('c')];
  const request = read({ messages, toolConfig: { ...TOOL_CONFIG, toolChoice: { any: {} } } });
  expect(request.offer).toEqual({
    tools: [{ name: 'f', description: '', inputSchema: { type: 'object' } }],
    choice: 'any',
    parallel: true,
  });
  expect(request.messages[1]?.content[0]).toEqual({ kind: 'toolUse', id: 'a', name: 'f', input: {} });
  expect(request.messages[2]?.content[0]).toEqual({ kind: 'toolResult', id: 'b', texts: ['x'] });
});

it('reads Claude’s own choice among tools', () => {
  const tool_choice = { type: 'tool', name: 'f', disable_parallel_tool_use: true };
  expect(read({ ...toolConfig(TOOL_CONFIG), additionalModelRequestFields: { tool_choice } }).offer).toMatchObject({
    choice: { name: 'f' },
    parallel: false,
  });
});

it('reads an image, and the schema of an answer', () => {
  const request = read(image({ format: 'png', source: { bytes: PIXEL } }));
  expect(request.messages[0]?.content).toEqual([{ kind: 'image', format: 'png', bytes: 70 }]);
  expect(read(textFormat('{"type":"object"}')).textSchema).toEqual({ type: 'object' });
  expect(read({ messages: [USER], outputConfig: { effort: 'low' } }).textSchema).toBeUndefined();
});

it.each<[string, unknown, string]>([
  [
    'no tools',
    toolConfig({ tools: [] }),
    "at 'toolConfig.tools' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  ['a tool twice', toolConfig({ tools: [...TOOL_CONFIG.tools, ...TOOL_CONFIG.tools] }), 'Tool names must be unique'],
  ['a tool with a blank in its name', toolSpec({ name: 'a b' }), 'satisfy regular expression pattern: [a-zA-Z0-9_-]+'],
  ['a tool with a long name', toolSpec({ name: 'a'.repeat(65) }), 'length less than or equal to 64'],
  ['a tool without a name', toolSpec({ name: '' }), 'length greater than or equal to 1'],
  ['a tool with an empty description', toolSpec({ description: '' }), "at 'toolConfig.tools.0.toolSpec.description'"],
  [
    'a tool whose input is no object',
    toolSpec({ inputSchema: { json: { type: 'array' } } }),
    'json.type must be one of the following: object',
  ],
  ['a tool of AWS’s', toolConfig({ tools: [{ systemTool: { name: 'x' } }] }), 'does not emulate "systemTool"'],
  ['a choice of a tool that is not there', toolConfig({ ...TOOL_CONFIG, toolChoice: { tool: { name: 'g' } } }), "Tool 'g' not found"],
  ['two choices', toolConfig({ ...TOOL_CONFIG, toolChoice: { any: {}, auto: {} } }), 'Exactly one of auto, any, tool'],
  ['a choice without tools', { messages: [USER], additionalModelRequestFields: { tool_choice: { type: 'any' } } }, 'while providing tools'],
  [
    'a choice said twice',
    { ...toolConfig({ ...TOOL_CONFIG, toolChoice: { any: {} } }), additionalModelRequestFields: { tool_choice: { type: 'any' } } },
    'conflicts with toolConfig.toolChoice',
  ],
  ['calls without tools', { messages: [USER, using('a'), results('a')] }, 'The toolConfig field must be defined when using toolUse'],
  [
    'a call without its result',
    { messages: [USER, using('a', 'b'), results('a')], toolConfig: TOOL_CONFIG },
    'at messages.2.content for the following Ids: b',
  ],
  ['a call at the end', { messages: [USER, using('a')], toolConfig: TOOL_CONFIG }, 'at messages.2.content for the following Ids: a'],
  [
    'a result without its call',
    { messages: [results('a')], toolConfig: TOOL_CONFIG },
    'messages.0.content exceeds the number of toolUse blocks',
  ],
  ['a result twice', { messages: [USER, using('a'), results('a', 'a')], toolConfig: TOOL_CONFIG }, 'exceeds the number of toolUse blocks'],
  [
    'an id with a dot',
    { messages: [USER, using('a.b'), results('a.b')], toolConfig: TOOL_CONFIG },
    "at 'messages.1.content.0.toolUse.toolUseId'",
  ],
  [
    'a call by the user',
    { messages: [{ ...using('a'), role: 'user' }], toolConfig: TOOL_CONFIG },
    'only be provided in assistant messages',
  ],
  ['an image of the assistant', { messages: [USER, { role: 'assistant', content: [{ image: {} }] }] }, 'only be provided in user messages'],
  ['an image of another format', image({ format: 'bmp', source: { bytes: PIXEL } }), 'satisfy enum value set: [gif, jpeg, png, webp]'],
  ['an image that is another', image({ format: 'jpeg', source: { bytes: PIXEL } }), 'Could not process image'],
  ['an empty image', image({ format: 'png', source: { bytes: '' } }), 'is empty'],
  ['an image in a bucket', image({ format: 'png', source: { s3Location: {} } }), 'does not emulate "s3Location"'],
  ['an image without a source', image({ format: 'png', source: {} }), 'Exactly one of bytes, s3Location'],
  [
    'too large an image',
    image({ format: 'png', source: { bytes: Buffer.alloc(3_932_161).toString('base64') } }),
    'has 3932161 bytes; at most 3932160 are allowed',
  ],
  [
    'too many images',
    { messages: [{ role: 'user', content: Array.from({ length: 21 }, () => ({ image: { format: 'png', source: { bytes: PIXEL } } })) }] },
    'has 21 images',
  ],
  ['a schema that is no JSON', textFormat('{'), 'is not the JSON of a schema'],
  ['a format that there is not', { messages: [USER], outputConfig: { textFormat: { type: 'yaml' } } }, 'enum value set: [json_schema]'],
  ['an effort that there is not', { messages: [USER], outputConfig: { effort: 'none' } }, "Value 'none' at 'outputConfig.effort'"],
  ['metadata with a quotation mark', { messages: [USER], requestMetadata: { a: '"' } }, "at 'requestMetadata.a'"],
])('refuses %s', (_name, body, message) => {
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
