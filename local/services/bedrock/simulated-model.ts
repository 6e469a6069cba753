import { createHash } from 'node:crypto';
import { chooseTools } from './choose-tools';
import { describeTurn } from './describe-turn';
import { instanceOf } from './json-instance';
import {
  type AnswerBlock,
  countTokens,
  firstTokens,
  type JsonObject,
  type Model,
  type ModelAnswer,
  type ModelContent,
  type ModelRequest,
} from './model';

/** Of the JSON of a tool's input, in characters: small enough that most input comes in several. */
const PIECE = /[^]{1,12}/g;
const TOKENS_PER_IMAGE = 1_000;

interface Output {
  readonly blocks: readonly AnswerBlock[];
  readonly stopReason: ModelAnswer['stopReason'];
}

/**
 * A model that calls no model, and says so wherever a text can say it. It calls tools (see `chooseTools`), answers in a JSON schema with
 * an instance that goes by the words of the last user message, and else describes that message. System prompts and sampling parameters have no effect other than
 * the system prompt's input tokens.
 */
export const simulatedModel: Model = {
  answer(request: ModelRequest): ModelAnswer {
    const { blocks, stopReason } = outputOf(request);
    return {
      blocks,
      stopReason,
      inputTokens: inputTokensOf(request),
      outputTokens: blocks.reduce((sum, block) => sum + tokensOf(block), 0),
    };
  },
};

function outputOf(request: ModelRequest): Output {
  const tools = chooseTools(request);
  if (tools.length === 0) return textOutput(request);
  const names = tools.map(({ name }) => name).join(' and ');
  // Made to call a tool, a model says nothing beside it.
  const said = request.offer?.choice === 'auto' ? [textBlock(`[simulated answer from ${request.modelId}] Calling ${names}.`)] : [];
  const calls = tools.map(({ name, inputSchema }, index): AnswerBlock => {
    const input = JSON.stringify(instanceOf(inputSchema, saidIn(request)));
    return { kind: 'toolUse', id: idOf(request, index), name, deltas: input === '{}' ? [] : piecesOf(input) };
  });
  return withinLimit([...said, ...calls], request.maxTokens);
}

/** Ends the text before the first stop sequence or after `maxTokens`, whichever comes first. */
function textOutput(request: ModelRequest): Output {
  const text = request.textSchema === undefined ? describeTurn(request) : jsonText(request.textSchema, saidIn(request));
  const allowed = firstTokens(text, request.maxTokens);
  const stops = request.stopSequences.map((sequence) => allowed.indexOf(sequence)).filter((at) => at >= 0);
  const isCut = allowed.length < text.length;
  const ended = stops.length > 0 ? allowed.slice(0, Math.min(...stops)) : allowed;
  return {
    blocks: ended === '' ? [] : [textBlock(ended)],
    stopReason: stops.length > 0 ? 'stop_sequence' : isCut ? 'max_tokens' : 'end_turn',
  };
}

/** Ends an answer that calls tools after `maxTokens`, in the middle of an input where it must. */
function withinLimit(blocks: readonly AnswerBlock[], maxTokens: number): Output {
  let left = maxTokens;
  const kept: AnswerBlock[] = [];
  for (const block of blocks) {
    const text = block.deltas.join('');
    const allowed = firstTokens(text, left);
    left -= countTokens(allowed);
    if (allowed.length === text.length) {
      kept.push(block);
      continue;
    }
    kept.push(block.kind === 'text' ? textBlock(allowed) : { ...block, deltas: piecesOf(allowed) });
    return { blocks: kept.filter(({ kind, deltas }) => kind === 'toolUse' || deltas.length > 0), stopReason: 'max_tokens' };
  }
  return { blocks: kept, stopReason: 'tool_use' };
}

function textBlock(text: string): AnswerBlock {
  return { kind: 'text', deltas: text === '' ? [] : (text.match(/\s*\S+\s*/g) ?? [text]) };
}

function piecesOf(text: string): readonly string[] {
  return text.match(PIECE) ?? [];
}

function jsonText(schema: JsonObject, said: string): string {
  return JSON.stringify(instanceOf(schema, said), null, 1);
}

/** The texts of the last user's turn. */
function saidIn({ messages }: ModelRequest): string {
  const last = messages.findLast(({ role }) => role === 'user');
  return (last?.content ?? []).map((block) => (block.kind === 'text' ? block.text : '')).join(' ');
}

/** The same for the same request, and another for each call of a conversation. */
function idOf({ modelId, messages }: ModelRequest, index: number): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([modelId, messages, index]))
    .digest('base64url');
  return `tooluse_${hash.slice(0, 22)}`;
}

function tokensOf(block: AnswerBlock): number {
  return countTokens(block.deltas.join(''));
}

function inputTokensOf({ system, messages, offer, textSchema }: ModelRequest): number {
  const said = messages.flatMap(({ content }) => content).reduce((sum, block) => sum + contentTokens(block), 0);
  const prompts = system.reduce((sum, text) => sum + countTokens(text), 0);
  return said + prompts + jsonTokens(offer?.tools) + jsonTokens(textSchema);
}

function contentTokens(block: ModelContent): number {
  switch (block.kind) {
    case 'text':
      return countTokens(block.text);
    case 'image':
      return TOKENS_PER_IMAGE;
    case 'toolUse':
      return countTokens(block.name) + jsonTokens(block.input);
    case 'toolResult':
      return block.texts.reduce((sum, text) => sum + countTokens(text), 0);
  }
}

function jsonTokens(value: unknown): number {
  return value === undefined ? 0 : countTokens(JSON.stringify(value));
}
