import * as z from 'zod';
import { type Kind, type KindGroup, kindGroups, kinds } from './kinds';
import { foldPhrase } from './text/phrase-trie';

/** What may be said to models and by them. Part of `platform.json`; every value is the environment's. */

export const kindActions = ['allow', 'redact', 'block'] as const;
export const directions = ['input', 'retrieved', 'output'] as const;

const MAX_PHRASES = 1000;
const MAX_PHRASE_UNITS = 200;

const kindAction = z.enum(kindActions);

/** Each kind and each group of kinds by its name: a misspelt one is an unknown key, which is refused with what was probably meant. */
const kindTable = z.strictObject(
  Object.fromEntries([...kinds, ...groupNames()].map((name) => [name, kindAction.optional()])) as Record<
    Kind | KindGroup,
    z.ZodOptional<typeof kindAction>
  >,
);

const kindPolicy = z.strictObject({
  /** What is done about each kind, or about a group of them. */
  kinds: kindTable,
  /** About all that are not named. Stated, so that a kind which a later version finds is not let through unseen. */
  others: kindAction,
});

const phrase = z.string().min(1).max(MAX_PHRASE_UNITS);

export const contentRule = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, 'A name of a rule begins with a small letter and has up to 64 of a-z, 0-9, _ and -.'),
  /** `allow`: what lies within one of the phrases is neither blocked nor redacted. */
  action: z.enum(['block', 'allow']),
  directions: z.array(z.enum(directions)).min(1),
  /** Whole words, in whatever case and spacing. */
  phrases: z.array(phrase).max(MAX_PHRASES),
  /** The same with `#` for any digit and `@` for any letter: `PRJ-####`. */
  patterns: z.array(phrase).max(MAX_PHRASES),
});

const injectionCheck = z.strictObject({
  /** `report`: it is counted in the verdict and let through. */
  action: z.enum(['report', 'block']),
  /** Score from which on a text counts as an attack, above 0 and up to 1. docs/safety.md has what is found at which. */
  threshold: z.number().gt(0).max(1),
});

export const safetyPolicy = z
  .strictObject({
    /** What callers send. */
    input: z.strictObject({
      ...kindPolicy.shape,
      /** Whether what was redacted is put back into the answer, for the caller who sent it. */
      restore: z.boolean(),
    }),
    /** What comes from documents, tools and the web, and is added to a call. It is never put back. */
    retrieved: kindPolicy,
    /** What models answer. */
    output: kindPolicy,
    rules: z.array(contentRule).max(100),
    /** Absent: no check of that direction. */
    injection: z.strictObject({ input: injectionCheck.optional(), retrieved: injectionCheck.optional() }),
    /** Directions in which the environment's guardrail looks too, after what stands above. Absent: in none. */
    managed: z.array(z.enum(directions)).min(1).optional(),
  })
  .superRefine((policy, context) => {
    for (const { path, message } of contradictionsOf(policy)) context.addIssue({ code: 'custom', path: [...path], message });
  });

export type SafetyPolicy = z.infer<typeof safetyPolicy>;
export type ContentRule = z.infer<typeof contentRule>;
export type KindAction = (typeof kindActions)[number];
export type Direction = (typeof directions)[number];

/** The action for each kind of a direction. Of a policy that the schema has accepted. */
export function actionsOf(policy: SafetyPolicy, direction: Direction): ReadonlyMap<Kind, KindAction> {
  const { kinds: table, others } = policy[direction];
  return new Map(kinds.map((kind) => [kind, table[kind] ?? groupsOf(kind).flatMap((group) => table[group] ?? [])[0] ?? others]));
}

interface Contradiction {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function contradictionsOf(policy: SafetyPolicy): readonly Contradiction[] {
  return [...directions.flatMap((direction) => twoActions(policy, direction)), ...restoredThoughBlocked(policy), ...ruleProblems(policy)];
}

function twoActions(policy: SafetyPolicy, direction: Direction): readonly Contradiction[] {
  const table = policy[direction].kinds;
  return kinds.flatMap((kind) =>
    groupsOf(kind).flatMap((group) => {
      const [own, ofGroup] = [table[kind], table[group]];
      if (own === undefined || ofGroup === undefined || own === ofGroup) return [];
      return {
        path: [direction, 'kinds', kind],
        message: `"${kind}" is to be ${own} here and, as one of "${group}", ${ofGroup}: name the kinds of the group one by one, or change one of the two.`,
      };
    }),
  );
}

/** Put back, it would be in the answer; blocked, it must not be there. */
function restoredThoughBlocked(policy: SafetyPolicy): readonly Contradiction[] {
  if (!policy.input.restore) return [];
  const [input, output] = [actionsOf(policy, 'input'), actionsOf(policy, 'output')];
  return kinds
    .filter((kind) => input.get(kind) === 'redact' && output.get(kind) === 'block')
    .map((kind) => ({
      path: ['input', 'restore'],
      message: `"${kind}" is redacted in input and put back into the answer, where output blocks it: set "restore" to false, or the output's action for "${kind}" to redact or allow.`,
    }));
}

function ruleProblems(policy: SafetyPolicy): readonly Contradiction[] {
  const problems: Contradiction[] = [];
  const names = new Set<string>();
  const actions = new Map<string, string>();
  for (const [index, rule] of policy.rules.entries()) {
    const path = ['rules', index];
    if (names.has(rule.name))
      problems.push({ path: [...path, 'name'], message: `"${rule.name}" names two rules: a verdict could not tell them apart.` });
    names.add(rule.name);
    if (rule.phrases.length + rule.patterns.length === 0)
      problems.push({ path, message: `The rule "${rule.name}" has neither phrases nor patterns: it would find nothing.` });
    for (const list of ['phrases', 'patterns'] as const) {
      for (const [at, text] of rule[list].entries()) {
        const folded = foldPhrase(text);
        if (folded === '') problems.push({ path: [...path, list, at], message: 'A phrase needs at least one character that is seen.' });
        for (const direction of new Set(rule.directions)) {
          const key = `${direction} ${list} ${folded}`;
          const other = actions.get(key);
          if (other !== undefined && other !== rule.action) {
            problems.push({
              path: [...path, list, at],
              message: `The same words are blocked by one rule and allowed by another, both for ${direction}: keep one.`,
            });
          }
          actions.set(key, rule.action);
        }
      }
    }
  }
  return problems;
}

function groupsOf(kind: Kind): readonly KindGroup[] {
  return groupNames().filter((group) => (kindGroups[group] as readonly Kind[]).includes(kind));
}

function groupNames(): readonly KindGroup[] {
  return Object.keys(kindGroups) as KindGroup[];
}
