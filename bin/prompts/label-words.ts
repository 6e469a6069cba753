import type { LabelRecord } from '../../lambdas/core/prompts/label';

/** What a label gives to whom, as in `version 2, version 3 for 10 %`. */
export function inWords({ version, canary, experiment }: LabelRecord): string {
  const parts = [`version ${version}`];
  if (canary !== undefined) parts.push(`version ${canary.version} for ${canary.percent} %`);
  if (experiment !== undefined) {
    const { id, arms, shadow } = experiment;
    const names = [
      ...arms.map(({ name, weight }) => `${name} ${weight}`),
      ...(shadow ? [`shadow ${shadow.name} ${shadow.percent} %`] : []),
    ];
    parts.push(`experiment ${id} (${names.join(', ')})`);
  }
  return parts.join(', ');
}
