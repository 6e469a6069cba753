import type { Usage } from '../../../core/usage';

/** More than any model takes; what is above is no count. */
const MAX_TOKENS = 1_000_000_000;

/** Counts that are no counts are as good as none: the call is then charged by estimate. */
export function checkedUsage(counts: { readonly [Count in keyof Usage]: unknown }): Usage | undefined {
  return Object.values(counts).every(isCount) ? (counts as Usage) : undefined;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS;
}
