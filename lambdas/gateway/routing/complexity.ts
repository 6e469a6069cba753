import type { ModelTier } from '../../core/routing-policy';
import type { ChatMessage, ChatRequest } from '../openai/request';

/**
 * How much a request asks of a model, for callers that do not say what their call is for. A sum of points for what can be seen without a
 * model; docs/routing.md has the table. Deterministic, and cheap: however long the conversation, little more than its last question is read.
 */

/** From here on a tier is needed. */
const MID_FROM = 2;
const LARGE_FROM = 5;

const LONG_CHARACTERS = 8_000;
const VERY_LONG_CHARACTERS = 60_000;
const MANY_TURNS = 8;
const MANY_TOOLS = 5;
const MANY_QUESTIONS = 3;
/** Of the last question, from its start: instructions stand there, or at the end. */
const READ_CHARACTERS = 4_000;

/** Words that ask for thought. Each line counts once, however often it occurs. */
const THOUGHT: readonly RegExp[] = [
  /\b(prove|proof|derive|theorem|step[- ]by[- ]step)\b/i,
  /\b(analy[sz]e|analysis|evaluate|assess|root cause)\b/i,
  /\b(compare|trade-?offs?|pros and cons|versus)\b/i,
  /\b(design|architecture|plan|strategy|roadmap)\b/i,
  /\b(optimi[sz]e|debug|refactor|algorithm|complexity)\b/i,
];
const CODE = /```|\b(function|class|SELECT|stack trace|regex|TypeScript|Python|SQL)\b/;

export interface Complexity {
  readonly points: number;
  readonly tier: ModelTier;
}

export function assessComplexity({ messages, tools = [], response_format, reasoning_effort }: ChatRequest): Complexity {
  const question = questionOf(messages);
  const length = messages.reduce((sum, message) => sum + textLength(message), 0);
  const points =
    (length > VERY_LONG_CHARACTERS ? 2 : Number(length > LONG_CHARACTERS)) +
    Number(messages.length > MANY_TURNS) +
    (tools.length > MANY_TOOLS ? 2 : Number(tools.length > 0)) +
    Number(response_format?.type === 'json_schema') +
    Number(CODE.test(question)) +
    THOUGHT.filter((words) => words.test(question)).length +
    Number((question.match(/\?/g)?.length ?? 0) >= MANY_QUESTIONS) +
    effortPoints(reasoning_effort);
  return { points, tier: tierOf(points) };
}

function tierOf(points: number): ModelTier {
  if (points >= LARGE_FROM) return 'large';
  return points >= MID_FROM ? 'mid' : 'small';
}

function effortPoints(effort: string | undefined): number {
  if (effort === undefined || effort === 'minimal' || effort === 'low') return 0;
  return effort === 'medium' ? 2 : LARGE_FROM;
}

/** The start and the end of what the user said last. */
function questionOf(messages: readonly ChatMessage[]): string {
  const text = textOf(messages.findLast(({ role }) => role === 'user'));
  if (text.length <= 2 * READ_CHARACTERS) return text;
  return `${text.slice(0, READ_CHARACTERS)}\n${text.slice(-READ_CHARACTERS)}`;
}

function textOf(message: ChatMessage | undefined): string {
  const content = message?.content;
  if (content === undefined || typeof content === 'string') return content ?? '';
  return content.map(({ text = '' }) => text).join('\n');
}

/** In UTF-16 units, which need no pass over the text. */
function textLength({ content }: ChatMessage): number {
  if (content === undefined || typeof content === 'string') return content?.length ?? 0;
  return content.reduce((sum, { text = '' }) => sum + text.length, 0);
}
