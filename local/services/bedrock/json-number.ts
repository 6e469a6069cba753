import type { JsonObject } from './model';

/** The number nearest to zero that a schema of `number` or `integer` allows, or for a variant the n-th from there; undefined for none. */
export function numberOf(schema: JsonObject, variant: number): number | undefined {
  const min = limit(schema.minimum, -Infinity);
  const max = limit(schema.maximum, Infinity);
  const above = limit(schema.exclusiveMinimum, -Infinity);
  const below = limit(schema.exclusiveMaximum, Infinity);
  const holds = (value: number) => value >= min && value <= max && value > above && value < below;

  const multipleOf = limit(schema.multipleOf, 0);
  const step = schema.type === 'integer' ? wholeStep(multipleOf) : multipleOf;
  const low = Math.max(min, above);
  const high = Math.min(max, below);
  return step === 0 ? anyNumber(low, high, holds, variant) : multiple(step, low, high, holds, variant);
}

function anyNumber(low: number, high: number, holds: (value: number) => boolean, variant: number): number | undefined {
  const start = Math.min(Math.max(0, low), high);
  const width = Number.isFinite(high - low) ? high - low : 2;
  // Between bounds that are themselves not allowed there is always a middle.
  const candidates = [start, start + width / 2, start - width / 2, start + 1].filter(holds);
  const from = candidates[0];
  if (from === undefined || variant === 0) return from;
  return [from + variant, from - variant, from + width / (4 * variant)].find(holds);
}

function multiple(step: number, low: number, high: number, holds: (value: number) => boolean, variant: number): number | undefined {
  const upwards = !(high < 0);
  const nearest = low > 0 ? Math.ceil(low / step) : upwards ? 0 : Math.floor(high / step);
  const direction = upwards ? 1 : -1;
  const skipped = holds(clean(nearest * step)) ? 0 : 1;
  const value = clean((nearest + direction * (skipped + variant)) * step);
  return holds(value) ? value : undefined;
}

/** Without the noise of binary fractions, and without a negative zero. */
function clean(value: number): number {
  return Number(value.toPrecision(15)) + 0;
}

/** The smallest whole step in multiples of another: of 0.5 it is 1, of 1.5 it is 3. */
function wholeStep(step: number): number {
  if (step === 0) return 1;
  for (let times = 1; times <= 1000; times += 1) if (Number.isInteger(clean(step * times))) return clean(step * times);
  return step;
}

function limit(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
