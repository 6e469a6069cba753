/** What a guardrail found, by the name of its topic, filter or kind, and what it did. Never what the text was. */
export interface GuardrailFinding {
  /** `topic:investment-advice`, `content:violence`, `words:custom`, `pii:email` … */
  readonly name: string;
  readonly action: 'redact' | 'block' | 'report';
}

export interface GuardrailVerdict {
  readonly outcome: 'passed' | 'masked' | 'blocked';
  /** Of `masked`: one for each text that was sent, in order. */
  readonly texts: readonly string[];
  readonly findings: readonly GuardrailFinding[];
  /** Text units that AWS charges for, of all policies together: words, and patterns, cost nothing. */
  readonly units: number;
}

type JsonObject = Readonly<Record<string, unknown>>;

interface FindingList {
  readonly policy: string;
  readonly list: string;
  readonly nameOf: (entry: JsonObject) => string;
}

/** Custom words have no name but themselves: they are what was matched. */
const LISTS: readonly FindingList[] = [
  { policy: 'topicPolicy', list: 'topics', nameOf: ({ name }) => `topic:${String(name)}` },
  { policy: 'contentPolicy', list: 'filters', nameOf: ({ type }) => `content:${lower(type)}` },
  { policy: 'wordPolicy', list: 'customWords', nameOf: () => 'words:custom' },
  { policy: 'wordPolicy', list: 'managedWordLists', nameOf: ({ type }) => `words:${lower(type)}` },
  { policy: 'sensitiveInformationPolicy', list: 'piiEntities', nameOf: ({ type }) => `pii:${lower(type)}` },
  { policy: 'sensitiveInformationPolicy', list: 'regexes', nameOf: ({ name }) => `regex:${String(name)}` },
  { policy: 'contextualGroundingPolicy', list: 'filters', nameOf: ({ type }) => `grounding:${lower(type)}` },
];

const CHARGED_UNITS = ['topicPolicyUnits', 'contentPolicyUnits', 'sensitiveInformationPolicyUnits', 'contextualGroundingPolicyUnits'];

/** An intervention that none of the lists explains: a kind of policy that came later. */
const UNEXPLAINED: GuardrailFinding = { name: 'other', action: 'block' };

/**
 * Reads the answer of ApplyGuardrail. What it does not say clearly is a block or an error, never a pass.
 *
 * @param textCount Texts that were sent. @throws Error without a word of the answer.
 */
export function readVerdict(answer: string, textCount: number): GuardrailVerdict {
  const { action, assessments, outputs, usage } = parse(answer);
  const findings = listOf(assessments).flatMap(findingsOf);
  const units = CHARGED_UNITS.reduce((sum, name) => sum + countAt(usage, name), 0);
  if (action === 'NONE') return { outcome: 'passed', texts: [], findings: findings.filter(isReport), units };
  if (action !== 'GUARDRAIL_INTERVENED') throw new Error('The guardrail gave a verdict of an unknown kind.');
  if (findings.some((finding) => finding.action === 'block')) return { outcome: 'blocked', texts: [], findings, units };
  const texts = listOf(outputs).map((output) => (isObject(output) ? output.text : undefined));
  const isMasked = findings.some((finding) => finding.action === 'redact') && texts.every((text) => typeof text === 'string');
  // Masked texts that cannot be told apart would be put in each other's place.
  if (!isMasked || texts.length !== textCount) return { outcome: 'blocked', texts: [], findings: [...findings, UNEXPLAINED], units };
  return { outcome: 'masked', texts, findings, units };
}

function findingsOf(assessment: unknown): GuardrailFinding[] {
  return LISTS.flatMap(({ policy, list, nameOf }) => {
    const found = isObject(assessment) ? assessment[policy] : undefined;
    const entries = isObject(found) ? listOf(found[list]) : [];
    return entries.filter(isObject).flatMap((entry): GuardrailFinding[] => {
      if (entry.action === 'ANONYMIZED') return [{ name: nameOf(entry), action: 'redact' }];
      if (entry.action === 'BLOCKED') return [{ name: nameOf(entry), action: 'block' }];
      // `NONE`: the guardrail is told to detect and to do nothing, or looked and found nothing.
      return entry.action === 'NONE' && entry.detected === true ? [{ name: nameOf(entry), action: 'report' }] : [];
    });
  });
}

function isReport({ action }: GuardrailFinding): boolean {
  return action === 'report';
}

function parse(answer: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(answer);
    if (isObject(parsed)) return parsed;
  } catch {
    // The parser's own message quotes what it read.
  }
  throw new Error('The guardrail answered with what is no JSON object.');
}

function countAt(usage: unknown, name: string): number {
  const count = isObject(usage) ? usage[name] : undefined;
  return typeof count === 'number' && count > 0 ? count : 0;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lower(value: unknown): string {
  return String(value).toLowerCase();
}
