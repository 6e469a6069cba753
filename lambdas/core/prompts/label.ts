import * as z from 'zod';
import { slug, versionNumber } from './slug';

/** Names that point at versions, and can be moved. */

export const DEFAULT_LABEL = 'production';
export const MAX_SHADOW_BUDGET_MICRO_USD = 1_000_000_000_000;

/** What an arm does in place of what the label says; absent: as the label does. */
const variant = { version: versionNumber.optional(), model: z.string().min(1).max(256).optional() };

const experimentArm = z.strictObject({ name: slug, weight: z.int().min(1).max(10_000), ...variant });

const shadowArm = z.strictObject({
  name: slug,
  /** Of the label's subjects. */
  percent: z.int().min(1).max(100),
  ...variant,
  /** What the copies may cost in a day (UTC), in micro-dollars. */
  microUsdPerDay: z.int().positive().max(MAX_SHADOW_BUDGET_MICRO_USD),
});

export const experimentPlan = z
  .strictObject({
    id: slug,
    arms: z.array(experimentArm).min(1).max(10),
    /** Calls that are copied to it, after they were answered by an arm; what it says is seen by nobody. */
    shadow: shadowArm.optional(),
  })
  .refine(({ arms, shadow }) => isDistinct([...arms, ...(shadow ? [shadow] : [])].map(({ name }) => name)), {
    path: ['arms'],
    error: 'arms with a name of their own each, the shadow too',
  });

export const labelRecord = z.object({
  label: slug,
  version: versionNumber,
  /** A part of the subjects is given another version. */
  canary: z.object({ version: versionNumber, percent: z.int().min(1).max(99) }).optional(),
  /** The one that runs. */
  experiment: experimentPlan.optional(),
  /** Counts the label's changes, from 1. */
  revision: z.int().positive(),
  /** The revision that a rollback returns to. */
  before: z.int().positive().optional(),
  change: z.enum(['promote', 'rollback', 'canary', 'canary_stop', 'experiment_start', 'experiment_stop']),
  /** Epoch milliseconds. */
  updatedAt: z.number(),
});

export type ShadowArm = z.infer<typeof shadowArm>;
export type ExperimentPlan = z.infer<typeof experimentPlan>;
export type LabelRecord = z.infer<typeof labelRecord>;

function isDistinct(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}
