import { isJsonObject } from '../json-protocol';
import type { Source } from './document';
import { failedOnShards, notEmulated, searchError } from './errors';
import { evaluate, type Searched } from './query';

const DEFAULT_SIZE = 10;
const MAX_WINDOW = 10_000;
const MEMBERS = ['query', 'size', 'from', '_source', 'track_total_hits'];

/** Answers the body of a search, best hits first; of equal ones those first that were written first. */
export function search(body: unknown, index: string, searched: Searched): object {
  if (!isJsonObject(body)) throw searchError('parsing_exception', 'Expected [START_OBJECT] in a search.');
  const unknown = Object.keys(body).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) throw notEmulated(`[${unknown}] in a search`);
  const size = wholeNumber(body.size ?? DEFAULT_SIZE, 'size');
  const from = wholeNumber(body.from ?? 0, 'from');
  if (size + from > MAX_WINDOW) {
    throw failedOnShards(
      'illegal_argument_exception',
      `Result window is too large, from + size must be less than or equal to: [${MAX_WINDOW}]`,
    );
  }
  const show = sourceFilterOf(body._source);
  const found = [...evaluate(body.query ?? { match_all: {} }, searched)].sort(([, one], [, other]) => other - one);
  return {
    took: 1,
    timed_out: false,
    _shards: { total: 0, successful: 0, skipped: 0, failed: 0 },
    hits: {
      total: { value: found.length, relation: 'eq' },
      max_score: found[0]?.[1] ?? null,
      hits: found.slice(from, from + size).map(([{ id, source }, score]) => ({
        _index: index,
        _id: id,
        _score: score,
        ...(show && { _source: show(source) }),
      })),
    },
  };
}

function sourceFilterOf(given: unknown): ((source: Source) => Source) | undefined {
  if (given === undefined || given === true) return (source) => source;
  if (given === false) return undefined;
  const { includes, excludes, ...rest } = isJsonObject(given) ? given : { includes: given, excludes: undefined };
  if (Object.keys(rest).length > 0) throw notEmulated(`[${Object.keys(rest).join(', ')}] in _source`);
  const [shown, hidden] = [namesOf(includes), namesOf(excludes)];
  return (source) =>
    Object.fromEntries(Object.entries(source).filter(([name]) => (shown?.includes(name) ?? true) && !hidden?.includes(name)));
}

function namesOf(given: unknown): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const names = (Array.isArray(given) ? given : [given]).map(String);
  const pattern = names.find((name) => /[*.]/.test(name));
  if (pattern !== undefined) throw notEmulated(`the pattern ${pattern} in _source`);
  return names;
}

function wholeNumber(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw searchError('illegal_argument_exception', `[${name}] parameter cannot be negative or broken, found [${String(value)}]`);
}
