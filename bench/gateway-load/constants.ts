/** The caller's key; the stores know it. */
export const BENCH_KEY = 'sk-bench';
