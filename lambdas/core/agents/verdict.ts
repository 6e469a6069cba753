/** What can become of a review. `expire` is what nobody's answer means: no. */
export const verdicts = ['approve', 'amend', 'reject', 'expire'] as const;
export type Verdict = (typeof verdicts)[number];
