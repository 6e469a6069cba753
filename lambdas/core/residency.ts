import * as z from 'zod';

/** As AWS draws them for its inference profiles: `us` serves Canada's regions too, from the United States. */
export const geographies = ['us', 'ca', 'eu', 'jp', 'au', 'apac'] as const;

const REGION = /^[a-z]{2}(-[a-z]+)+-\d$/;

/** Where data may be processed, or is: a region, or a geography for any region in it. */
export const place = z
  .string()
  .refine((text) => REGION.test(text) || isGeography(text), { error: `an AWS region, or one of ${geographies.join(', ')}` });

/** What becomes of a tenant's data, by allow-lists. An absent member asks for nothing. */
export const residency = z.strictObject({
  /** Where it may be processed. */
  within: z.array(place).min(1).max(50).optional(),
  /** Only models whose provider keeps nothing of what it is sent. */
  noRetention: z.literal(true).optional(),
});

export type Residency = z.infer<typeof residency>;

/** Where a model processes what it is sent; `global` is anywhere. */
export const processedIn = z
  .array(z.union([z.literal('global'), place]))
  .min(1)
  .max(50);

interface Processing {
  readonly processedIn?: readonly string[];
  readonly retention?: 'none';
}

/** Whether a model may be sent data of this residency. What nobody knows of a model is taken for the worst. */
export function residesIn({ processedIn: processed, retention }: Processing, { within, noRetention }: Residency): boolean {
  return (within === undefined || isWithin(processed, within)) && (noRetention === undefined || retention === 'none');
}

/** @param processed Undefined where nobody knows: then it is within nothing. */
export function isWithin(processed: readonly string[] | undefined, allowed: readonly string[]): boolean {
  return processed !== undefined && processed.every((where) => [where, ...geographiesOf(where)].some((one) => allowed.includes(one)));
}

const JP = new Set(['ap-northeast-1', 'ap-northeast-3']);
const AU = new Set(['ap-southeast-2', 'ap-southeast-4']);

function geographiesOf(where: string): readonly string[] {
  if (where === 'jp' || where === 'au') return ['apac'];
  if (JP.has(where)) return ['jp', 'apac'];
  if (AU.has(where)) return ['au', 'apac'];
  if (where.startsWith('ap-')) return ['apac'];
  const prefix = where.slice(0, where.indexOf('-'));
  return REGION.test(where) && isGeography(prefix) ? [prefix] : [];
}

function isGeography(text: string): boolean {
  return geographies.some((geography) => geography === text);
}
