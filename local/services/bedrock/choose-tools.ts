import { textsOf } from './describe-turn';
import type { ModelRequest, ModelTool } from './model';

const MIN_WORD_LETTERS = 4;
const MAX_PARALLEL_CALLS = 2;
/** Words that stand in most questions and most descriptions, and tell no tool from another. */
const COMMON_WORDS = new Set('about does from give have into that their there this what when where which will with would your'.split(' '));

/**
 * Which tools the simulated model calls.
 *
 * A choice that is imposed is followed: the tool that is named; with `any`, the one that would be called by itself, else the first. Left to
 * itself, the model calls tools in answer to a user's text, and answers in text once their results are there. It compares words of four letters
 * or more, whatever their case: the first two tools whose name shares a word with the text are called (one, if calls may not be parallel); where
 * no name does, the tool whose description shares most words with it, the first of equals; where none does, none.
 */
export function chooseTools({ messages, offer }: ModelRequest): readonly ModelTool[] {
  if (offer === undefined) return [];
  const { tools, choice, parallel } = offer;
  if (typeof choice === 'object') return tools.filter(({ name }) => name === choice.name);
  const last = messages.at(-1);
  const isAsked = last?.role === 'user' && !last.content.some(({ kind }) => kind === 'toolResult');
  const matching = matchingTools(tools, wordsOf(textsOf(last).join('\n'))).slice(0, parallel ? MAX_PARALLEL_CALLS : 1);
  if (choice === 'any') return matching.length > 0 ? matching : tools.slice(0, 1);
  return isAsked ? matching : [];
}

function matchingTools(tools: readonly ModelTool[], asked: ReadonlySet<string>): readonly ModelTool[] {
  const named = tools.filter(({ name }) => shared(name, asked) > 0);
  if (named.length > 0) return named;
  const [best] = tools.toSorted((a, b) => shared(b.description, asked) - shared(a.description, asked));
  return best !== undefined && shared(best.description, asked) > 0 ? [best] : [];
}

function shared(text: string, asked: ReadonlySet<string>): number {
  return [...wordsOf(text)].filter((word) => asked.has(word)).length;
}

/** `getWeather_forCity` has the words `weather` and `city`. */
function wordsOf(text: string): Set<string> {
  const words =
    text
      .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
      .toLowerCase()
      .match(/\p{L}+/gu) ?? [];
  return new Set(words.filter((word) => word.length >= MIN_WORD_LETTERS && !COMMON_WORDS.has(word)));
}
