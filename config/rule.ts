import type * as z from 'zod';
import type { ConfigProblem } from './error';
import type { PriceTable } from './prices';

/**
 * What the schema cannot say of one field alone: combinations that would fail at deploy time or at the first call. A rule reads only
 * the fields that it needs, so that it is told beside the schema's own problems; where those fields are wrong themselves it is silent.
 */
export type Rule = (raw: unknown, prices: PriceTable) => readonly ConfigProblem[];

export function rule<T>(fields: z.ZodType<T>, check: (value: T, prices: PriceTable) => readonly ConfigProblem[]): Rule {
  return (raw, prices) => {
    const parsed = fields.safeParse(raw);
    return parsed.success ? check(parsed.data, prices) : [];
  };
}
