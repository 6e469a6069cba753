import { placeOf, weightedAt } from './assignment';
import type { LabelRecord, ShadowArm } from './label';

/** What one call is given of a label. */
export interface Release {
  readonly version: number;
  /** In place of the one that the version prefers. */
  readonly model?: string;
  readonly isCanary: boolean;
  readonly experiment?: { readonly id: string; readonly arm: string };
  /** To be asked too, once the call is answered. */
  readonly shadow?: ShadowArm & { readonly experimentId: string };
}

/**
 * The version, and the arm of an experiment, that a subject has behind a label: always the same until the label changes. A canary that grows keeps
 * those whom it had.
 *
 * @param subject Who or what the call is about; calls of the same subject are treated alike.
 */
export function chooseRelease(promptId: string, record: LabelRecord, subject: string): Release {
  const { label, version, canary, experiment } = record;
  if (experiment !== undefined) {
    const arm = weightedAt(experiment.arms, placeOf(subject, promptId, label, experiment.id));
    const { shadow } = experiment;
    // Of another place than the arm's: else one arm alone would have all the copies.
    const isShadowed = shadow !== undefined && placeOf(subject, promptId, label, experiment.id, shadow.name) * 100 < shadow.percent;
    return {
      version: arm.version ?? version,
      ...(arm.model === undefined ? {} : { model: arm.model }),
      isCanary: false,
      experiment: { id: experiment.id, arm: arm.name },
      ...(isShadowed ? { shadow: { ...shadow, experimentId: experiment.id } } : {}),
    };
  }
  if (canary !== undefined && placeOf(subject, promptId, label) * 100 < canary.percent) return { version: canary.version, isCanary: true };
  return { version, isCanary: false };
}
