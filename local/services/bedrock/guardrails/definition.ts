import { isJsonObject } from '../../json-protocol';
import { type PersonalDataKind, isPersonalDataKind } from './personal-data';

type Action = 'BLOCK' | 'ANONYMIZE';

/** What of a guardrail is evaluated here. */
export interface GuardrailDefinition {
  readonly blockedInputMessaging: string;
  readonly blockedOutputsMessaging: string;
  readonly words: readonly string[];
  readonly topics: readonly { readonly name: string; readonly examples: readonly string[] }[];
  readonly entities: readonly { readonly type: PersonalDataKind; readonly action: Action }[];
  readonly regexes: readonly { readonly name: string; readonly pattern: string; readonly action: Action }[];
  /** Policies that are configured, evaluated or not: each is charged. */
  readonly charged: readonly ('topic' | 'content' | 'word' | 'sensitiveInformation' | 'sensitiveInformationFree')[];
}

/** Reads the properties of an AWS::Bedrock::Guardrail. @param note Told of what in it finds nothing here. */
export function readGuardrail(properties: Readonly<Record<string, unknown>>, note: (what: string) => void): GuardrailDefinition {
  const filters = entriesAt(properties, 'ContentPolicyConfig', 'FiltersConfig');
  const topics = entriesAt(properties, 'TopicPolicyConfig', 'TopicsConfig');
  const words = entriesAt(properties, 'WordPolicyConfig', 'WordsConfig');
  const lists = entriesAt(properties, 'WordPolicyConfig', 'ManagedWordListsConfig');
  const entities = entriesAt(properties, 'SensitiveInformationPolicyConfig', 'PiiEntitiesConfig');
  const regexes = entriesAt(properties, 'SensitiveInformationPolicyConfig', 'RegexesConfig');
  if (filters.length > 0) note('content filters');
  if (lists.length > 0) note('managed word lists');
  if (properties.ContextualGroundingPolicyConfig !== undefined) note('contextual grounding');
  const mute = topics.filter(({ Examples }) => !Array.isArray(Examples) || Examples.length === 0);
  if (mute.length > 0) note(`the topics without examples ${mute.map(({ Name }) => String(Name)).join(', ')}`);
  const unknown = entities.filter(({ Type }) => !isPersonalDataKind(Type));
  if (unknown.length > 0) note(`the personal data ${unknown.map(({ Type }) => String(Type)).join(', ')}`);
  return {
    blockedInputMessaging: String(properties.BlockedInputMessaging),
    blockedOutputsMessaging: String(properties.BlockedOutputsMessaging),
    words: words.map(({ Text }) => String(Text)),
    topics: topics.map(({ Name, Examples }) => ({ name: String(Name), examples: Array.isArray(Examples) ? Examples.map(String) : [] })),
    entities: entities.flatMap(({ Type, Action }) => (isPersonalDataKind(Type) ? [{ type: Type, action: actionOf(Action) }] : [])),
    regexes: regexes.map(({ Name, Pattern, Action }) => ({ name: String(Name), pattern: String(Pattern), action: actionOf(Action) })),
    charged: [
      ...(topics.length > 0 ? (['topic'] as const) : []),
      ...(filters.length > 0 ? (['content'] as const) : []),
      ...(words.length + lists.length > 0 ? (['word'] as const) : []),
      ...(entities.length > 0 ? (['sensitiveInformation'] as const) : []),
      ...(regexes.length > 0 ? (['sensitiveInformationFree'] as const) : []),
    ],
  };
}

function actionOf(action: unknown): Action {
  if (action === 'BLOCK' || action === 'ANONYMIZE') return action;
  throw new Error(`an action is ${String(action)}; BLOCK and ANONYMIZE are emulated.`);
}

function entriesAt(
  properties: Readonly<Record<string, unknown>>,
  policy: string,
  list: string,
): readonly Readonly<Record<string, unknown>>[] {
  const config = properties[policy];
  const entries = isJsonObject(config) ? config[list] : undefined;
  return Array.isArray(entries) ? entries.filter(isJsonObject) : [];
}
