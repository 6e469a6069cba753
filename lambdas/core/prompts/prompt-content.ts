import * as z from 'zod';
import { canonicalJson, sha256Hex } from '../canonical-json';
import { modelTiers, taskTypes } from '../routing-policy';
import { cachePolicy, safetyPolicyId } from './policies';
import { slug } from './slug';
import { variableSpecs } from './variables';

/** What a version of a prompt is: all that decides what is asked of a model, and nothing else. It never changes, and its hash says that it did not. */

const MAX_MESSAGES = 32;

const templateMessage = z.strictObject({ role: z.enum(['system', 'developer', 'user', 'assistant']), template: z.string().min(1) });

/** Absent: as `auto`, by the task's type. */
const modelPreference = z.union([
  /** A name that the environment gives to models. */
  z.strictObject({ alias: z.string().min(1).max(256) }),
  /** The smallest tier that will do. */
  z.strictObject({ tier: z.enum(modelTiers) }),
  /** In order of preference; those that an environment does not have are passed over. */
  z.strictObject({ models: z.array(z.string().min(1).max(256)).min(1).max(10) }),
]);

export const promptContent = z.strictObject({
  messages: z.array(templateMessage).min(1).max(MAX_MESSAGES),
  variables: variableSpecs,
  taskType: z.enum(taskTypes).optional(),
  /** What the answer is held to. */
  output: z.strictObject({ schema: z.record(z.string(), z.json()), strict: z.boolean().optional() }).optional(),
  model: modelPreference.optional(),
  parameters: z
    .strictObject({
      temperature: z.number().min(0).max(2).optional(),
      topP: z.number().min(0).max(1).optional(),
      maxOutputTokens: z.int().positive().optional(),
      reasoningEffort: z.string().min(1).max(32).optional(),
    })
    .optional(),
  /** What callers may add or choose. Nothing when absent. */
  accepts: z
    .strictObject({
      /** Turns of a conversation, after the prompt's own messages. */
      messages: z.boolean().optional(),
      /** Another model than the prompt prefers. */
      model: z.boolean().optional(),
    })
    .optional(),
  /** Absent: the environment's own policy. */
  safety: safetyPolicyId.optional(),
  /** Absent: nothing is kept. */
  cache: cachePolicy.optional(),
  /** Name of the suite that a version is measured by. */
  evalSuite: slug.optional(),
});

export type PromptContent = z.infer<typeof promptContent>;
export type ModelPreference = z.infer<typeof modelPreference>;

/** SHA-256, in hex, of the content in canonical JSON. */
export function contentHash(content: PromptContent): string {
  return sha256Hex(canonicalJson(content));
}
