import type { SafetyConfig } from '../lambdas/core/safety/safety-config';

/**
 * What an environment starts with. What people send about themselves and others is replaced before a model or a record sees it, and stands in
 * the answer again; keys, cards and numbers that states give to people are replaced wherever they come from. Nothing is refused but documents
 * that give models orders, and those only where there is hardly a doubt: docs/safety.md says at which score how many are right.
 */
export const standardSafety: SafetyConfig = {
  policies: {
    standard: {
      input: { kinds: {}, others: 'redact', restore: true },
      retrieved: { kinds: { contact: 'allow', ip: 'allow' }, others: 'redact' },
      output: { kinds: { contact: 'allow', ip: 'allow' }, others: 'redact' },
      rules: [],
      injection: { input: { action: 'report', threshold: 0.5 }, retrieved: { action: 'block', threshold: 0.7 } },
    },
  },
  default: 'standard',
};
