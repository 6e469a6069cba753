import { isJsonObject } from '../json-protocol';
import { readValue, type StoredDocument, type Value } from './document';
import { notEmulated, searchError } from './errors';
import { nearest } from './knn';
import type { Field, Mapping } from './mapping';
import { scoreOf, statisticsOf, termsOf } from './terms';

/** Documents that a query finds, each with its score, in the order in which they were written. */
export type Scores = ReadonlyMap<StoredDocument, number>;

/** What a query is asked of. */
export interface Searched {
  readonly mapping: Mapping;
  readonly documents: readonly StoredDocument[];
}

type Evaluate = (body: Readonly<Record<string, unknown>>, searched: Searched) => Scores;

/** @throws ServiceError for a query that does not parse, names a field that is not mapped, or is not emulated */
export function evaluate(query: unknown, searched: Searched): Scores {
  const [[name, body] = []] = isJsonObject(query) ? Object.entries(query) : [];
  if (name === undefined || !isJsonObject(query) || Object.keys(query).length > 1) {
    throw searchError('parsing_exception', 'A query is an object with one member: its kind.');
  }
  const kind = Object.hasOwn(QUERIES, name) ? QUERIES[name] : undefined;
  if (kind === undefined) throw notEmulated(`the query [${name}]`);
  if (!isJsonObject(body)) throw searchError('parsing_exception', `[${name}] query malformed, no start_object after query name`);
  return kind(body, searched);
}

const QUERIES: Readonly<Record<string, Evaluate>> = {
  match_all: (body, { documents }) => {
    refuseOthers(body, [], 'match_all');
    return constant(documents);
  },
  ids: (body, { documents }) => {
    refuseOthers(body, ['values'], 'ids');
    const values: readonly unknown[] = Array.isArray(body.values) ? body.values : [body.values];
    return constant(documents.filter(({ id }) => values.includes(id)));
  },
  term: (body, searched) => {
    const [name, given] = onlyField('term', body);
    const { value = given, ...rest } = isJsonObject(given) ? given : {};
    refuseOthers(rest, [], 'term');
    return withValues(name, [value], searched);
  },
  terms: (body, searched) => {
    const [name, values] = onlyField('terms', body);
    if (!Array.isArray(values)) throw searchError('parsing_exception', '[terms] query requires an array of terms');
    return withValues(name, values, searched);
  },
  range: (body, searched) => {
    const [name, bounds] = onlyField('range', body);
    if (!isJsonObject(bounds)) throw searchError('parsing_exception', '[range] query malformed, no start_object after field name');
    refuseOthers(bounds, Object.keys(COMPARISONS), 'range');
    const type = valueType(name, searched.mapping);
    const tests = Object.entries(bounds).map(([sign, bound]) => {
      const limit = readValue(name, bound, type);
      return (value: Value) => COMPARISONS[sign]?.(value, limit) ?? false;
    });
    return constant(searched.documents.filter(({ values }) => values.get(name)?.some((value) => tests.every((test) => test(value)))));
  },
  exists: (body, { documents, mapping }) => {
    refuseOthers(body, ['field'], 'exists');
    const name = String(body.field);
    fieldOf(name, mapping);
    return constant(
      documents.filter(
        ({ values, terms, vectors }) => (values.get(name) ?? []).length > 0 || (terms.get(name) ?? []).length > 0 || vectors.has(name),
      ),
    );
  },
  match: (body, searched) => {
    const [name, given] = onlyField('match', body);
    const { query: text = given, operator = 'or', ...rest } = isJsonObject(given) ? given : {};
    refuseOthers(rest, [], 'match');
    if (fieldOf(name, searched.mapping).type !== 'text') return withValues(name, [text], searched);
    return matchText(name, String(text), String(operator).toLowerCase() === 'and', searched);
  },
  knn: (body, searched) => {
    const [name, given] = onlyField('knn', body);
    if (!isJsonObject(given)) throw searchError('parsing_exception', '[knn] query malformed, no start_object after field name');
    const { vector, k, filter, ...rest } = given;
    refuseOthers(rest, [], 'knn');
    const allowed = filter === undefined ? searched.documents : [...evaluate(filter, searched).keys()];
    return nearest(name, { vector, k }, fieldOf(name, searched.mapping), allowed);
  },
  bool: (body, searched) => {
    refuseOthers(body, ['must', 'filter', 'should', 'must_not', 'minimum_should_match'], 'bool');
    const all = (clauses: unknown) =>
      (clauses === undefined ? [] : Array.isArray(clauses) ? clauses : [clauses]).map((one) => evaluate(one, searched));
    const [must, filter, should, mustNot] = [all(body.must), all(body.filter), all(body.should), all(body.must_not)];
    const fallback = must.length + filter.length > 0 || should.length === 0 ? 0 : 1;
    const leastShould = body.minimum_should_match === undefined ? fallback : Number(body.minimum_should_match);
    if (!Number.isInteger(leastShould)) throw notEmulated(`minimum_should_match ${String(body.minimum_should_match)}`);
    const found = searched.documents.filter(
      (document) =>
        [...must, ...filter].every((scores) => scores.has(document)) &&
        !mustNot.some((scores) => scores.has(document)) &&
        should.filter((scores) => scores.has(document)).length >= leastShould,
    );
    return new Map(found.map((document) => [document, [...must, ...should].reduce((sum, scores) => sum + (scores.get(document) ?? 0), 0)]));
  },
};

const COMPARISONS: Readonly<Record<string, (value: Value, limit: Value) => boolean>> = {
  gt: (value, limit) => value > limit,
  gte: (value, limit) => value >= limit,
  lt: (value, limit) => value < limit,
  lte: (value, limit) => value <= limit,
};

function constant(documents: readonly StoredDocument[]): Scores {
  return new Map(documents.map((document) => [document, 1]));
}

function withValues(name: string, raw: readonly unknown[], { documents, mapping }: Searched): Scores {
  const type = valueType(name, mapping);
  const wanted = new Set(raw.map((value) => readValue(name, value, type)));
  return constant(documents.filter(({ values }) => values.get(name)?.some((value) => wanted.has(value))));
}

function matchText(name: string, text: string, needsAll: boolean, { documents }: Searched): Scores {
  const statistics = statisticsOf(name, documents);
  const wanted = termsOf(text);
  const found = new Map<StoredDocument, number>();
  for (const document of documents) {
    const scores = wanted.map((term) => scoreOf(term, document.terms.get(name) ?? [], statistics));
    const isFound = wanted.length > 0 && (needsAll ? scores.every((score) => score > 0) : scores.some((score) => score > 0));
    if (isFound)
      found.set(
        document,
        scores.reduce((sum, score) => sum + score, 0),
      );
  }
  return found;
}

/** A search by a field that the index does not map would find nothing there, or whatever the service made of the first value: no test should rest on it. */
function fieldOf(name: string, mapping: Mapping): Field {
  const field = mapping.get(name);
  if (field !== undefined) return field;
  throw notEmulated(`searching by the field ${name}, which the index does not map (it maps ${[...mapping.keys()].join(', ') || 'none'}),`);
}

function valueType(name: string, mapping: Mapping): Exclude<Field['type'], 'knn_vector' | 'text'> {
  const { type } = fieldOf(name, mapping);
  if (type === 'text' || type === 'knn_vector') throw notEmulated(`a filter by value on the field ${name} of type ${type}`);
  return type;
}

function onlyField(query: string, body: Readonly<Record<string, unknown>>): readonly [name: string, body: unknown] {
  const [field, other] = Object.entries(body);
  if (field === undefined || other !== undefined) throw searchError('parsing_exception', `[${query}] query takes one field`);
  return field;
}

function refuseOthers(given: object, known: readonly string[], where: string): void {
  const other = Object.keys(given).find((name) => !known.includes(name));
  if (other !== undefined) throw notEmulated(`[${other}] in the query [${where}]`);
}
