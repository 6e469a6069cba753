import type * as bedrock from 'aws-cdk-lib/aws-bedrock';

/** `high` finds most, and is wrong most often. */
export type FilterStrength = 'none' | 'low' | 'medium' | 'high';
export type ContentFilter = 'hate' | 'insults' | 'sexual' | 'violence' | 'misconduct' | 'prompt-attack';
export type GuardrailAction = 'redact' | 'block';

export interface DeniedTopic {
  /** Stands in errors and records. */
  readonly name: string;
  /** What is meant, in a sentence or two: 200 characters at most. */
  readonly definition: string;
  /** What people say who speak of it: five at most. @default - none */
  readonly examples?: readonly string[];
}

export interface GuardedPattern {
  /** Stands in errors and records. */
  readonly name: string;
  /** A regular expression, without look-around. */
  readonly pattern: string;
  readonly action: GuardrailAction;
}

export interface GuardedWords {
  /** Words and phrases of up to three words. @default - none */
  readonly phrases?: readonly string[];
  /** Whether those are blocked that AWS lists. @default false */
  readonly profanity?: boolean;
}

export interface GuardedData {
  /** Kinds as AWS names them, in small letters: `email`, `us_social_security_number`. @default - none */
  readonly entities?: Readonly<Record<string, GuardrailAction>>;
  /** Ten at most. @default - none */
  readonly patterns?: readonly GuardedPattern[];
}

/** What a guardrail looks for. At least one member. */
export interface GuardrailPolicy {
  /** Of `prompt-attack` only what is asked is looked at. @default - none */
  readonly contentFilters?: Readonly<Partial<Record<ContentFilter, FilterStrength>>>;
  /** What is not spoken of: 30 at most. @default - none */
  readonly deniedTopics?: readonly DeniedTopic[];
  /** What is blocked as it is written. @default - none */
  readonly words?: GuardedWords;
  /** Personal data, and what has a form of its own. @default - none */
  readonly sensitive?: GuardedData;
}

type Properties = Pick<
  bedrock.CfnGuardrailProps,
  'contentPolicyConfig' | 'topicPolicyConfig' | 'wordPolicyConfig' | 'sensitiveInformationPolicyConfig'
>;

const ACTIONS = { redact: 'ANONYMIZE', block: 'BLOCK' } as const;

/** A policy in CloudFormation's words. @throws Error for one that would look for nothing. */
export function propertiesOf({ contentFilters = {}, deniedTopics = [], words = {}, sensitive = {} }: GuardrailPolicy): Properties {
  const filters = Object.entries(contentFilters).map(([filter, strength]) => ({
    type: filter.toUpperCase().replaceAll('-', '_'),
    inputStrength: strength.toUpperCase(),
    // The service refuses any other: an attack is never in an answer.
    outputStrength: filter === 'prompt-attack' ? 'NONE' : strength.toUpperCase(),
  }));
  const topics = deniedTopics.map(({ name, definition, examples = [] }) => ({
    name,
    definition,
    type: 'DENY',
    ...(examples.length > 0 && { examples: [...examples] }),
  }));
  const phrases = (words.phrases ?? []).map((text) => ({ text }));
  const lists = words.profanity === true ? [{ type: 'PROFANITY' }] : [];
  const entities = Object.entries(sensitive.entities ?? {}).map(([type, action]) => ({
    type: type.toUpperCase(),
    action: ACTIONS[action],
  }));
  const patterns = (sensitive.patterns ?? []).map(({ name, pattern, action }) => ({ name, pattern, action: ACTIONS[action] }));
  if ([filters, topics, phrases, lists, entities, patterns].every(({ length }) => length === 0)) {
    throw new Error('The guardrail would look for nothing: give it contentFilters, deniedTopics, words or sensitive.');
  }
  return {
    ...(filters.length > 0 && { contentPolicyConfig: { filtersConfig: filters } }),
    ...(topics.length > 0 && { topicPolicyConfig: { topicsConfig: topics } }),
    ...(phrases.length + lists.length > 0 && {
      wordPolicyConfig: {
        ...(phrases.length > 0 && { wordsConfig: phrases }),
        ...(lists.length > 0 && { managedWordListsConfig: lists }),
      },
    }),
    ...(entities.length + patterns.length > 0 && {
      sensitiveInformationPolicyConfig: {
        ...(entities.length > 0 && { piiEntitiesConfig: entities }),
        ...(patterns.length > 0 && { regexesConfig: patterns }),
      },
    }),
  };
}
