import type { GuardrailDefinition } from './definition';
import { personalDataIn } from './personal-data';

const UNIT_CHARACTERS = 1_000;
const MIN_WORD_LETTERS = 4;

export interface GuardrailEvaluation {
  readonly isBlocked: boolean;
  readonly isMasked: boolean;
  /** With what is masked in the place of what was found. */
  readonly texts: readonly string[];
  /** As ApplyGuardrail has them, matches and all. */
  readonly assessment: Readonly<Record<string, unknown>>;
  readonly usage: Readonly<Record<string, number>>;
}

interface Find {
  readonly match: string;
  readonly action: 'BLOCKED' | 'ANONYMIZED';
  readonly detected: true;
}

/**
 * Holds texts to a guardrail: words and phrases as they are written, personal data and patterns by their form, and a topic by its examples, of one of which
 * a text has every word of four letters or more. No judgement of what a text means.
 */
export function evaluateGuardrail(definition: GuardrailDefinition, texts: readonly string[]): GuardrailEvaluation {
  const said = texts.join('\n');
  const customWords = definition.words.flatMap((word) =>
    findAll(new RegExp(`(?<![\\p{L}\\p{N}])${escaped(word)}(?![\\p{L}\\p{N}])`, 'giu'), said, 'BLOCKED'),
  );
  const topics = definition.topics
    .filter(({ examples }) => examples.some((example) => speaksOf(example, said)))
    .map(({ name }) => ({ name, type: 'DENY', action: 'BLOCKED', detected: true }));
  const piiEntities = definition.entities.flatMap(({ type, action }) =>
    personalDataIn(type, said).map((match) => ({ type, match, action: done(action), detected: true as const })),
  );
  const regexes = definition.regexes.flatMap(({ name, pattern, action }) =>
    findAll(new RegExp(pattern, 'g'), said, done(action)).map((find) => ({ name, regex: pattern, ...find })),
  );
  const all = [...customWords, ...topics, ...piiEntities, ...regexes];
  const masks = [
    ...piiEntities.map((find) => ({ ...find, mask: find.type })),
    ...regexes.map((find) => ({ ...find, mask: find.name })),
  ].filter(({ action }) => action === 'ANONYMIZED');
  return {
    isBlocked: all.some(({ action }) => action === 'BLOCKED'),
    isMasked: masks.length > 0,
    texts: texts.map((text) => masks.reduce((masked, { match, mask }) => masked.replaceAll(match, `{${mask}}`), text)),
    assessment: {
      ...(topics.length > 0 && { topicPolicy: { topics } }),
      ...(customWords.length > 0 && { wordPolicy: { customWords, managedWordLists: [] } }),
      ...(piiEntities.length + regexes.length > 0 && { sensitiveInformationPolicy: { piiEntities, regexes } }),
    },
    usage: usageOf(definition, said.length),
  };
}

function usageOf({ charged }: GuardrailDefinition, characters: number): Record<string, number> {
  const units = Math.ceil(characters / UNIT_CHARACTERS);
  const of = (policy: GuardrailDefinition['charged'][number]): number => (charged.includes(policy) ? units : 0);
  return {
    topicPolicyUnits: of('topic'),
    contentPolicyUnits: of('content'),
    wordPolicyUnits: of('word'),
    sensitiveInformationPolicyUnits: of('sensitiveInformation'),
    sensitiveInformationPolicyFreeUnits: of('sensitiveInformationFree'),
    contextualGroundingPolicyUnits: 0,
  };
}

function findAll(pattern: RegExp, text: string, action: Find['action']): Find[] {
  return (text.match(pattern) ?? []).filter((match) => match !== '').map((match) => ({ match, action, detected: true }));
}

function speaksOf(example: string, said: string): boolean {
  const words = wordsOf(said);
  const asked = [...wordsOf(example)];
  return asked.length > 0 && asked.every((word) => words.has(word));
}

function wordsOf(text: string): Set<string> {
  return new Set((text.toLowerCase().match(/\p{L}+/gu) ?? []).filter((word) => word.length >= MIN_WORD_LETTERS));
}

function done(action: 'BLOCK' | 'ANONYMIZE'): Find['action'] {
  return action === 'BLOCK' ? 'BLOCKED' : 'ANONYMIZED';
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
